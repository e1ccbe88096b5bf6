/** What TRL 1.16 takes from the first row of a file for all others, and what that makes of a row of another kind. Here each row decides for itself. */

import type { DatasetRow } from '../../dataset/format.ts';
import type { MethodId } from '../index.ts';

/** What TRL does otherwise, in words that follow its name. `stops`: the whole training ends at such a row. */
export interface TrlDiffers {
  what: string;
  stops: boolean;
}

/** Their trainers look at each row as well; the others look at the first one. */
const looksAtEach: readonly MethodId[] = ['orpo', 'cpo'];
/** Their trainers take a file with a column for pictures for one that a text model cannot learn from. */
const looksForPictures: readonly MethodId[] = ['pretrain', 'sft', 'dpo', 'kto'];

/** Their trainer looks for a text first when it ends rows. */
const readsText: readonly MethodId[] = ['pretrain', 'sft'];

/** What becomes of `row` in a file whose first usable row is `first`. Undefined: the same as here. `eos` is the tokenizer's end-of-text token. */
export function differsByFirstRow(method: MethodId, first: DatasetRow, row: DatasetRow, eos: string | undefined): TrlDiffers | undefined {
  const each = looksAtEach.includes(method);
  const picture = looksForPictures.includes(method) ? ['images', 'image'].find((key) => key in row) : undefined;
  if (picture !== undefined) return stops(`stops: by the column "${picture}" it takes the rows for pictures, which a text model cannot learn from`);
  const [firstTurns, turns] = [hasTurns(first), hasTurns(row)];
  if (has(first, 'chat_template_kwargs') !== has(row, 'chat_template_kwargs') && !(each && !turns)) {
    return stops(`stops: its table has an empty "chat_template_kwargs" for rows without one, and the chat template gets that. Give it to every row or to none`);
  }
  if (has(first, 'prompt') !== has(row, 'prompt') && !(each && hasTurns(has(row, 'prompt') ? first : row))) {
    return stops(has(row, 'prompt') ? 'stops: this row makes a column "prompt", and the first row has none' : 'stops: by the first row it expects a "prompt", and this one has none');
  }
  if (each) return undefined;
  if (readsText.includes(method) && typeof row.text === 'string' && typeof row.completion === 'string' && eos !== undefined && !row.text.endsWith(eos) && !row.completion.endsWith(eos)) {
    return { what: 'adds no end-of-text token to its completion, but to its "text", which it does not use', stops: false };
  }
  if (firstTurns === turns) return undefined;
  if (turns) return stops('stops: by the first row it takes all for plain text, to which it adds the end-of-text token, and this row is made of turns');
  const json = ['prompt', 'completion', 'chosen', 'rejected'].find((key) => Array.isArray(first[key]) && isJson(row[key]));
  if (json !== undefined) return stops(`stops: in a column of turns and texts a text that is JSON becomes what it says, and "${json}" of this row becomes ${JSON.stringify(JSON.parse(row[json] as string))}`);
  const ends = answersOf(row).every((text) => eos !== undefined && text.endsWith(eos));
  return ends ? undefined : { what: 'adds no end-of-text token to it: by the first row it takes all for conversations, which the chat template ends', stops: false };
}

const stops = (what: string): TrlDiffers => ({ what, stops: true });

/** A table fills in null where another row has the key. */
function has(row: DatasetRow, key: string): boolean {
  return row[key] !== undefined && row[key] !== null;
}

function hasTurns(row: DatasetRow): boolean {
  return ['prompt', 'chosen', 'rejected', 'completion', 'messages'].some((key) => Array.isArray(row[key]));
}

function isJson(text: unknown): boolean {
  try {
    return typeof text === 'string' && JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}

/** The texts at whose end TRL puts the end-of-text token. */
function answersOf(row: DatasetRow): string[] {
  return ['text', 'completion', 'chosen', 'rejected'].map((key) => row[key]).filter((text) => typeof text === 'string');
}
