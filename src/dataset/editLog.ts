/** The edits of a dataset in order: what each one replaced and with what, how far they are undone, and which of them are saved. */

import { splicePieces, type Piece } from './pieces.ts';

/** At row `at`, the lines `removed` were replaced by `inserted`. Setting a row is one for one, inserting and deleting have one side empty. */
export interface Splice {
  at: number;
  removed: readonly string[];
  inserted: readonly string[];
}

/** One step of undo. Its splices are sorted, do not overlap, and count rows as they were before all of them. */
export interface Edit {
  readonly id: number;
  /** What a person did: "Edit completion of row 12". */
  readonly label: string;
  readonly splices: readonly Splice[];
  /** Edits of one stroke (typing in one field) become one edit until it is sealed. */
  readonly stroke?: string;
}

/** What `add` did: a new edit, or a change of the last one. `splices` is what to apply to the rows. */
export interface Added {
  edit: Edit;
  isNew: boolean;
  splices: readonly Splice[];
}

/** A moment that a file holds. Undone edits that it includes may be dropped for a new one: the detour leads from it to `position` then. */
interface Mark {
  position: number;
  detour: (readonly Splice[])[];
}

export class EditLog {
  #edits: Edit[] = [];
  #position = 0;
  #saved: Mark = { position: 0, detour: [] };
  #saving: Mark | undefined;
  #nextId = 1;
  #open: string | undefined;

  /** Edits that are in effect, oldest first. */
  get applied(): readonly Edit[] {
    return this.#edits.slice(0, this.#position);
  }
  get position(): number {
    return this.#position;
  }
  /** Nothing to undo or to redo. */
  get empty(): boolean {
    return this.#edits.length === 0;
  }
  /** Whether the rows differ from the file, as far as counting edits can tell. */
  get dirty(): boolean {
    return this.#position !== this.#saved.position || this.#saved.detour.length > 0;
  }
  /** The edits that lead from the saved file to the rows as they are; in part backwards when edits were undone past the save. */
  sinceSave(): (readonly Splice[])[] {
    return [...this.#saved.detour, ...this.#path(this.#saved.position, this.#position)];
  }

  /** The edits since `beginSave`. */
  sinceSaving(): (readonly Splice[])[] {
    return this.#saving ? [...this.#saving.detour, ...this.#path(this.#saving.position, this.#position)] : [];
  }

  /** Adds an edit, or folds it into the last one when it continues the same stroke on the same row. Drops what was undone. */
  add(label: string, splices: readonly Splice[], stroke?: string): Added {
    const last = this.#edits[this.#position - 1];
    if (stroke !== undefined && stroke === this.#open && last && continues(last, splices)) {
      const edit: Edit = { ...last, splices: [{ at: splices[0]!.at, removed: last.splices[0]!.removed, inserted: splices[0]!.inserted }] };
      this.#edits[this.#position - 1] = edit;
      return { edit, isNew: false, splices };
    }
    const edit: Edit = { id: this.#nextId++, label, splices, ...(stroke === undefined ? {} : { stroke }) };
    for (const mark of [this.#saved, this.#saving]) {
      if (!mark || mark.position <= this.#position) continue;
      mark.detour.push(...this.#path(mark.position, this.#position));
      mark.position = this.#position;
    }
    this.#edits.length = this.#position;
    this.#edits.push(edit);
    this.#position++;
    this.#open = stroke;
    return { edit, isNew: true, splices };
  }

  /** The next edit starts anew, also within the same stroke. */
  seal(): void {
    this.#open = undefined;
  }

  /** Takes the edit back, and all that came after it. Nothing when it is not in effect or unknown. */
  undo(id: number): (readonly Splice[])[] {
    const index = this.#edits.findIndex((edit) => edit.id === id);
    return index === -1 || index >= this.#position ? [] : this.#moveTo(index);
  }

  knows(id: number): boolean {
    return this.#edits.some((edit) => edit.id === id);
  }

  /** Brings the edit back, and all before it. Nothing when it is in effect or unknown. */
  redo(id: number): (readonly Splice[])[] {
    const index = this.#edits.findIndex((edit) => edit.id === id);
    return index === -1 || index < this.#position ? [] : this.#moveTo(index + 1);
  }

  /** The rows as they are now are being written. Edits may go on meanwhile. */
  beginSave(): void {
    this.seal();
    this.#saving = { position: this.#position, detour: [] };
  }

  /** Whether the file now holds the rows as they were at `beginSave`. */
  endSave(saved: boolean): void {
    if (saved && this.#saving) this.#saved = this.#saving;
    this.#saving = undefined;
  }

  /** Takes back everything since the save and forgets it; edits from before the save can still be undone. Undefined when the log does not lead back to the save. */
  revert(): (readonly Splice[])[] | undefined {
    if (this.#saved.detour.length > 0) return undefined;
    const steps = this.#moveTo(this.#saved.position);
    this.#edits.length = this.#position;
    return steps;
  }

  /** Starts again on another file: old ids are never used again, so that a late undo of them does nothing. */
  clear(): void {
    this.#edits = [];
    this.#position = 0;
    this.#saved = { position: 0, detour: [] };
    this.#saving = undefined;
    this.#open = undefined;
  }

  #moveTo(position: number): (readonly Splice[])[] {
    const steps = this.#path(this.#position, position);
    this.#position = position;
    this.#open = undefined;
    return steps;
  }

  #path(from: number, to: number): (readonly Splice[])[] {
    if (from <= to) return this.#edits.slice(from, to).map((edit) => edit.splices);
    return this.#edits.slice(to, from).reverse().map((edit) => invertSplices(edit.splices));
  }
}

/** What undoes these splices, in the row numbers from after all of them. */
export function invertSplices(splices: readonly Splice[]): Splice[] {
  let shift = 0;
  return splices.map(({ at, removed, inserted }) => {
    const inverse = { at: at + shift, removed: inserted, inserted: removed };
    shift += inserted.length - removed.length;
    return inverse;
  });
}

/** Steps that follow each other as one set of splices in the row numbers from before the first: what really differs from the file. */
export function composeSteps(steps: readonly (readonly Splice[])[]): Splice[] {
  let pieces: Piece[] = [{ kind: 'base', first: 0, count: Number.MAX_SAFE_INTEGER }];
  const baseText = new Map<number, string>();
  for (const splices of steps) {
    // splices and pieces are both in order: one walk over them, however many there are
    let [index, row] = [0, 0];
    for (const { at, removed } of splices) {
      for (let i = 0; i < removed.length; i++) {
        while (row + pieces[index]!.count <= at + i) row += pieces[index++]!.count;
        const piece = pieces[index]!;
        if (piece.kind === 'base') baseText.set(piece.first + at + i - row, removed[i]!);
      }
    }
    pieces = splicePieces(pieces, splices);
  }
  const result: Splice[] = [];
  let at = 0;
  let inserted: string[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'added') {
      for (let i = 0; i < piece.count; i++) inserted.push(piece.lines[piece.first + i]!);
      continue;
    }
    const removed: string[] = [];
    for (let line = at; line < piece.first; line++) removed.push(baseText.get(line)!);
    if (removed.length > 0 || inserted.length > 0) pushNet(result, { at, removed, inserted });
    at = piece.first + piece.count;
    inserted = [];
  }
  return result;
}

/** Where a row from before the splices is after them; undefined when it was removed and nothing took its place. */
export function rowAfter(splices: readonly Splice[], row: number): number | undefined {
  let shift = 0;
  for (const { at, removed, inserted } of splices) {
    if (row < at) break;
    if (row < at + removed.length) return row - at < inserted.length ? row + shift : undefined;
    shift += inserted.length - removed.length;
  }
  return row + shift;
}

/** Leaves out the lines that are the same on both sides. */
function pushNet(result: Splice[], splice: Splice): void {
  if (splice.removed.length !== splice.inserted.length) {
    const { at, removed, inserted } = splice;
    const most = Math.min(removed.length, inserted.length);
    let [same, after] = [0, 0];
    while (same < most && removed[same] === inserted[same]) same++;
    while (after < most - same && removed.at(-1 - after) === inserted.at(-1 - after)) after++;
    result.push({ at: at + same, removed: removed.slice(same, removed.length - after), inserted: inserted.slice(same, inserted.length - after) });
    return;
  }
  for (let i = 0; i < splice.removed.length; i++) {
    if (splice.removed[i] !== splice.inserted[i]) result.push({ at: splice.at + i, removed: [splice.removed[i]!], inserted: [splice.inserted[i]!] });
  }
}

function continues(last: Edit, splices: readonly Splice[]): boolean {
  const [a, b] = [last.splices[0], splices[0]];
  return last.splices.length === 1 && splices.length === 1 && a!.at === b!.at && a!.inserted.length === 1 && b!.removed.length === 1 && b!.inserted.length === 1;
}
