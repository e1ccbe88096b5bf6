/** What stands beside turns for the chat template: tools, further variables, pictures. */

import type { Problem } from '../../core/problem.ts';
import type { TemplateInputs } from '../example.ts';
import type { DatasetRow, JsonSchema } from '../format.ts';
import { fieldProblem, jsonType, said } from './fields.ts';

export const toolsSchema: JsonSchema = {
  description: 'Tools that the model may call, as a list of JSON schemas, or that list as a JSON string. Given to the chat template.',
  anyOf: [{ type: 'array', items: { type: 'object' } }, { type: 'string' }],
};

export const imagesSchema: JsonSchema = { type: 'array', description: 'The pictures that the turns show, by name. A text model cannot learn from them.' };

/** Keys that may stand beside turns. */
export const templateSchema: Readonly<Record<string, JsonSchema>> = {
  tools: toolsSchema,
  chat_template_kwargs: { type: 'object', description: 'More variables for the chat template, such as `enable_thinking`.' },
  images: imagesSchema,
  image: { type: ['string', 'object'], description: 'The one picture that the turns show, by name. A text model cannot learn from it.' },
};

/** `tools`, `chat_template_kwargs` and pictures, where they are. Null counts as absent, as in a table with an empty cell. */
export function readTemplateInputs(row: DatasetRow, problems: Problem[]): TemplateInputs {
  const inputs: TemplateInputs = { ...readTools(row, problems), ...readImages(row, problems) };
  const kwargs = row.chat_template_kwargs;
  if (kwargs !== undefined && kwargs !== null) {
    if (jsonType(kwargs) === 'object') inputs.chat_template_kwargs = kwargs as Record<string, unknown>;
    else problems.push(fieldProblem('wrong-type', 'chat_template_kwargs', `"chat_template_kwargs" must be an object, not ${said(kwargs)}.`));
  }
  return inputs;
}

/** `path`: where the tools are, when that is not under a key of the row itself. */
export function readTools(row: DatasetRow, problems: Problem[], path: readonly string[] = ['tools']): Pick<TemplateInputs, 'tools'> {
  let { tools } = row;
  if (tools === undefined || tools === null || tools === '') return {};
  if (typeof tools === 'string') {
    try {
      tools = JSON.parse(tools) as unknown;
    } catch {
      problems.push(fieldProblem('invalid-tools', 'tools', '"tools" is text but not JSON. Write a list of tool schemas, or that list as a JSON string.', path));
      return {};
    }
  }
  if (Array.isArray(tools) && tools.every((tool) => jsonType(tool) === 'object')) return { tools };
  problems.push(fieldProblem('invalid-tools', 'tools', '"tools" must be a list of objects, one JSON schema per tool.', path));
  return {};
}

export function readImages(row: DatasetRow, problems: Problem[]): Pick<TemplateInputs, 'images'> {
  const { images, image } = row;
  if (images !== undefined && images !== null && !Array.isArray(images)) {
    problems.push(fieldProblem('wrong-type', 'images', `"images" must be a list, not ${said(images)}.`));
    return {};
  }
  const named = Array.isArray(images) && images.length > 0 ? images : typeof image === 'string' || jsonType(image) === 'object' ? [image] : [];
  return named.length > 0 ? { images: named } : {};
}

/** As the row has them: what the example says, without what it does not. */
export function templateKeys({ tools, chat_template_kwargs: kwargs, images }: TemplateInputs): DatasetRow {
  return { ...(tools && { tools }), ...(kwargs && { chat_template_kwargs: kwargs }), ...(images && { images }) };
}
