/** What is published about formats, made from the registry: a page, and a JSON Schema for each. */

import { convertRow, targetsOf } from '../dataset/convert/rows.ts';
import type { Format, JsonSchema } from '../dataset/format.ts';
import { formats } from '../dataset/formats/index.ts';
import { conversionHint, methodsFor } from '../methods/index.ts';
import { typeNames } from './schema.ts';

/** media/schemas/ID.schema.json: for editors and tools that know JSON Schema and nothing of Posttrain. */
export function formatSchema({ id, description, schema, examples }: Format): object {
  const { title, ...rest } = published(schema);
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: `${id}.schema.json`, title, description, ...rest, examples };
}

/** A turn that calls tools, or thinks, needs no content: JSON Schema says so with alternatives, which slips of the pen are not looked up in. */
function published(schema: JsonSchema): JsonSchema {
  const inner = {
    ...schema,
    ...(schema.properties && { properties: Object.fromEntries(Object.entries(schema.properties).map(([key, property]) => [key, published(property)])) }),
    ...(schema.items && { items: published(schema.items) }),
    ...(schema.anyOf && { anyOf: schema.anyOf.map(published) }),
  };
  if (!schema.required?.includes('content')) return inner;
  const others = ['content', 'tool_calls', 'reasoning_content', 'function_call'];
  return { ...inner, required: schema.required.filter((key) => key !== 'content'), anyOf: others.map((key) => ({ required: [key] })) };
}

/** media/docs/formats.md */
export function formatsMarkdown(): string {
  return [
    '# Dataset formats',
    '',
    'The format of a file is found from its first rows, in the editor, in a run and in every command. Where a row would fit two formats, it is TRL\'s, as TRL would take it.',
    'Each format has a [JSON Schema](../schemas); it is what completion, hover and the problems in the editor are made from.',
    '<!-- Generated from src/dataset/formats and src/language/formatDocs.ts by "npm run generate". -->',
    '',
    '| format | of | rows are | methods |',
    '|---|---|---|---|',
    ...formats.entries.map((format) => `| [\`${format.id}\`](#${format.id}) | ${format.origin} | ${format.kinds.join(', ')} | ${methodsFor(format).join(', ') || 'none yet'} |`),
    '',
    ...formats.entries.flatMap(section),
    '## Conversions',
    '',
    '`posttrain convert IN OUT --to ID`, or **Posttrain: Convert Dataset…**, reads and writes `.jsonl`, `.json` (one list of rows), `.csv` and `.parquet`, in memory that does not grow with the file.',
    'It says first what would be lost, key by key, and which rows cannot be converted and why; then it writes beside the new file\'s place and renames, and never replaces a file unless told to.',
    'Columns that a format does not know go along. In CSV every cell is text: what a format needs otherwise (turns, `true`, numbers) is read back as what it was; of other columns, text is what stays.',
    'In Parquet turns are lists of structs; what has another shape in every row (arguments of tools, their schemas) is JSON text. An empty cell or null is a key that is not there.',
    '',
    '● rows keep their whole meaning, unless the new format has no place for something in them · ○ something is always lost, and said, or rows need a column more · empty: there is no way',
    '',
    `| from \\ to | ${formats.ids.map((id) => `\`${id}\``).join(' | ')} |`,
    `|---|${formats.ids.map(() => ':-:').join('|')}|`,
    ...formats.entries.map((from) => `| \`${from.id}\` | ${formats.entries.map((to) => mark(from, to)).join(' | ')} |`),
    '',
    'Where plain text becomes a turn, which the chat template frames, that is told; turns never become plain text, because that takes the template of a model.',
    'Answers that are marked as bad are not made into answers to learn. A pair becomes two rows, good and bad, where each answer is to stand for itself.',
    '',
  ].join('\n');
}

function section(format: Format): string[] {
  const { id, label, description, schema, examples } = format;
  const required = schema.required ?? [];
  const hint = conversionHint(format).trim();
  return [
    `## ${id}`,
    '',
    `**${label}.** ${description}${methodsFor(format).length === 0 ? ` No method trains on it yet.${hint ? ` ${hint.replace(/posttrain .*(?=\.$)/, '`$&`')}` : ''}` : ''}`,
    '',
    '| key | type | what it is |',
    '|---|---|---|',
    ...Object.entries(schema.properties ?? {}).map(([key, property]) => `| \`${key}\`${required.includes(key) ? '' : ' (optional)'} | ${typeNames(property)} | ${about(property)} |`),
    '',
    '```json',
    ...examples.map((example) => JSON.stringify(example)),
    '```',
    '',
  ];
}

function about({ description = '' }: JsonSchema): string {
  return description.replaceAll('|', '\\|');
}

function mark(from: Format, to: Format): string {
  if (!targetsOf(from).includes(to)) return '';
  const made = from.examples.map((row) => convertRow(row, from, to));
  if (made.some((one) => typeof one !== 'string' && one.lost.length === 0)) return '●';
  return '○';
}
