/** Lines of a dataset file to prepared rows: parsed, understood by their format, tokenized by a method, with what happened to each said. */

import type { Problem } from '../core/problem.ts';
import { UserError } from '../core/problem.ts';
import type { Content, Example } from '../dataset/example.ts';
import { formats } from '../dataset/formats/index.ts';
import type { Format } from '../dataset/format.ts';
import { extractPrompt } from '../dataset/impliedPrompt.ts';
import { mediaOf } from '../dataset/media.ts';
import { hasEscapedBytes, parseRecord } from '../dataset/lineText.ts';
import type { PreparedRow, PreparedSide, TrlDoes } from '../tokens/prepare.ts';
import type { Tokenizer } from '../tokens/tokenizer.ts';
import { conversionHint, methods, methodsFor, prepareExample, takes, type MethodId } from './index.ts';

export interface PrepareOptions {
  /** Id of the rows' format. */
  format: string;
  method: string;
  params: Readonly<Record<string, unknown>>;
  /** Nobody reads what becomes of each row's words, and to find out decodes every row. */
  training?: boolean;
}

export interface TextLine {
  line: number;
  text: string;
}

/**
 * Prepares the lines one after another. A line that is no usable row comes back with its problems and no sides. Throws a UserError when
 * nothing can be prepared so: unknown format or method, a format that the method does not take, settings that need what the model lacks.
 */
export function* prepareLines(rows: readonly TextLine[], tokenizer: Tokenizer, opts: PrepareOptions): Generator<PreparedRow> {
  const method = methods.find(opts.method).id;
  const format = formats.find(opts.format);
  if (!takes(method, format)) throw notAccepted(format, method);
  for (const { line, text } of rows) {
    if (hasEscapedBytes(text)) {
      yield { line, sides: [], problems: [{ code: 'invalid-utf8', severity: 'error', message: 'The line is not UTF-8. Save the file as UTF-8 in the program that it comes from.', start: 0, end: text.length }] };
      continue;
    }
    const record = parseRecord(text);
    if (!record) {
      yield { line, sides: [], problems: [{ code: 'malformed-json', severity: 'error', message: notARow(text), start: 0, end: text.length }] };
      continue;
    }
    const { value: example, problems } = format.toExample(withTextColumn(record, opts.params));
    if (!example) {
      yield { line, sides: [], problems };
      continue;
    }
    const unusable = whyUnusable(example, method);
    if (unusable) {
      yield { line, sides: [], problems: [...problems, { ...unusable, severity: 'error', start: 0, end: text.length }] };
      continue;
    }
    const sides = prepareExample(example, method, tokenizer, opts.params);
    const told = [...(opts.training ? [] : foundPrompt(example, sides, method, text)), ...whatBecomesOf(opts.training ? sides.map((side) => ({ ...side, rewritten: undefined })) : sides, method, text)];
    const kept = sides.map((side) => {
      const { rewritten: _, ...values } = side;
      return values;
    });
    yield { line, sides: kept, problems: [...problems, ...told] };
  }
}

/** The row with its text under the usual name, whatever `dataset_text_field` calls it. */
export function withTextColumn(record: Record<string, unknown>, { dataset_text_field: field }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (typeof field !== 'string' || field === 'text') return record;
  const { text: _, [field]: text, ...rest } = record;
  return text === undefined ? rest : { ...rest, text };
}

/** Codes of what `prepareLines` says about usable rows. */
export const dryRunCodes = ['row-dropped', 'row-truncated', 'row-rewritten', 'prompt-split', 'prompt-found'] as const;

/** What the method does to the row, in words. The place is the whole row. A pair is left out whole, except where its answers are rows of their own. */
function whatBecomesOf(sides: readonly PreparedSide[], method: MethodId, text: string): Problem[] {
  const out = methods.get(method).unpaired ? [] : sides.filter(({ dropped }) => dropped !== null);
  if (out.length === 0) return sides.flatMap((side) => dryRunProblems(side, method, text));
  const [{ side, dropped, trl }] = out as [PreparedSide];
  const because = out.length < sides.length ? ` because of its ${side} answer` : '';
  return [{ code: 'row-dropped', severity: 'warning', message: `This row is left out${because}: ${sentence(dropped!)}${inTrl(trl)}`, start: 0, end: text.length, data: { method, side: 'row', ...(trl && { trl }) } }];
}

/** A reason is a sentence already where it comes from a chat template. */
function sentence(reason: string): string {
  return reason.endsWith('.') ? reason : `${reason}.`;
}

/** A sentence with a space before it. */
function inTrl(trl: TrlDoes | undefined): string {
  return trl === 'stops' ? ' TRL stops the whole training at such a row.' : trl === 'keeps' ? ' TRL trains on it, and the loss is no number.' : '';
}

/** Where the prompt of a pair of plain texts ends, which the row does not say. A reward model reads both whole. */
function foundPrompt(example: Example, sides: readonly PreparedSide[], method: MethodId, text: string): Problem[] {
  if (example.kind !== 'preference-implicit' || methods.get(method).head === 'score' || sides.every(({ dropped }) => dropped !== null)) return [];
  const found = extractPrompt(example.chosen, example.rejected);
  if (typeof found?.prompt !== 'string') return [];
  const shown = (part: Content) => JSON.stringify(excerpt(part as string, 20));
  const begins = found.prompt === '' ? 'have no common beginning, so its prompt is empty' : `begin alike, and that is its prompt: it ends with ${JSON.stringify(found.prompt.slice(-20))}`;
  return [{ code: 'prompt-found', severity: 'info', message: `The answers of this row ${begins}; the chosen answer is ${shown(found.chosen)}, the rejected one ${shown(found.rejected)}. Words that both answers begin with are learnt by neither: a row with a "prompt" says where it ends.`, start: 0, end: text.length, data: { method, side: 'row' } }];
}

function dryRunProblems(side: PreparedSide, method: MethodId, text: string): Problem[] {
  const problems: Problem[] = [];
  const add = (code: (typeof dryRunCodes)[number], severity: Problem['severity'], message: string, more = {}) => problems.push({ code, severity, message, start: 0, end: text.length, data: { method, side: side.side, ...more } });
  const which = side.side === 'row' ? 'This row' : `The ${side.side} side of this row`;
  if (side.dropped !== null) add('row-dropped', 'warning', `${which} is left out: ${sentence(side.dropped)}${inTrl(side.trl)}`, side.trl && { trl: side.trl });
  else if (side.truncatedFrom !== null) {
    const lost = side.lostTrained === undefined ? '' : `; ${side.lostTrained} of those cut off were to be learnt`;
    add('row-truncated', side.lostTrained === undefined ? 'info' : 'warning', `${which} is cut from ${side.truncatedFrom} to ${side.ids.length} tokens (max_length)${lost}.`);
  }
  const rewritten = side.dropped === null ? side.rewritten?.() : undefined;
  if (rewritten !== undefined) {
    add('row-rewritten', 'info', `${which} is not learnt as it is written: the chat template or the tokenizer changes ${JSON.stringify(excerpt(rewritten))}. See what becomes of it with posttrain tokens.`);
  }
  if (side.lostPrompt !== undefined) {
    add('prompt-split', 'info', `${which} is not learnt as it will be used: ${JSON.stringify(side.lostPrompt)} at the end of its prompt tokenizes otherwise when the answer follows. End the prompt where a token ends (a space belongs to the answer), or use a chat template that renders both alike.`);
  }
  return problems;
}

/** With its spaces: they may be all that was changed. */
function excerpt(text: string, most = 60): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** Why this row alone cannot be used: it is of another kind than most of its format, or shows what a text model cannot see. */
function whyUnusable(example: Example, method: MethodId): Pick<Problem, 'code' | 'message'> | undefined {
  const { accepts } = methods.get(method);
  if (!accepts.includes(example.kind)) return { code: 'format-not-accepted', message: `This row is ${example.kind}, and the method "${method}" takes ${accepts.join(', ')} rows.` };
  const media = mediaOf(example);
  return media === undefined ? undefined : { code: 'media-content', message: `This row shows ${media}, and a text model cannot see it.` };
}

function notARow(text: string): string {
  try {
    JSON.parse(text);
    return 'The line is JSON but no object: write {…} with the keys of the format.';
  } catch (error) {
    return `The line is not JSON: ${(error as Error).message}`;
  }
}

function notAccepted(format: Format, method: MethodId): UserError {
  const { accepts } = methods.get(method);
  const others = methodsFor(format);
  return new UserError(`The method "${method}" takes ${accepts.join(', ')} rows, and these are ${format.kinds.join(' or ')}.${others.length > 0 ? ` Methods for them: ${others.join(', ')}.` : ''}${conversionHint(format, [method])}`, 'wrong-format');
}
