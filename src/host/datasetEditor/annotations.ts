/** The annotations of an open dataset: read from its sidecar, written as they are made, and kept with their rows through edits. */

import { createEmitter } from '../../core/emitter.ts';
import { UserError } from '../../core/problem.ts';
import { createSlicer, type Slicer } from '../../core/slice.ts';
import { readAnnotation, writeAnnotation, type Annotation } from '../../dataset/annotations/annotation.ts';
import { flagOf } from '../../dataset/annotations/flag.ts';
import { Ledger, verdictOf, type Verdict } from '../../dataset/annotations/ledger.ts';
import { identifyRow, type Side } from '../../dataset/annotations/rowIdentity.ts';
import { firstShown } from '../../dataset/annotations/shownOrder.ts';
import { TallyRows, type Tally } from '../../dataset/annotations/tally.ts';
import type { Splice } from '../../dataset/editLog.ts';
import { isBlank, withoutCr } from '../../dataset/lineText.ts';
import type { Line } from '../../dataset/recordStore.ts';
import type { AnnotationFile } from '../../node/annotationFile.ts';
import type { AnnotationProgress, RowAnnotation, Said } from '../../protocol/datasetView.ts';
import { ProgressCount } from './annotationProgress.ts';
import type { RowAt } from './changeHistory.ts';
import type { DatasetDocument } from './document.ts';
import { MAX_ROW_BYTES } from './rowEdits.ts';

export interface AnnotationOptions {
  /** Undefined where there is no place beside the file; `noFile` says why to the one who annotates. */
  file: AnnotationFile | undefined;
  noFile: string;
  /** Who annotates; undefined while nobody said so. */
  annotator(): string | undefined;
  /** Asks where nobody said so; undefined when there is no answer. */
  askAnnotator(): Promise<string | undefined>;
  seed(): number;
  report(error: unknown): void;
}

/** What was typed for so long goes to the sidecar under the hash that the row has by then. */
const CARRY_MS = 1500;
const BATCH_ROWS = 64;
const SLICE_MS = 6;

export class DocumentAnnotations {
  /** What is known about rows, or how much is done, changed. */
  readonly changed = createEmitter<void>();

  #ledger = new Ledger();
  #queue: Promise<unknown> = Promise.resolve();
  #edited: { before: string; after: string; stroke: string | undefined }[] = [];
  /** Carried by edits and not written yet, by the hash that it was carried to. */
  readonly #carried = new Map<string, Annotation[]>();
  /** Hashes that edited rows have now: others were only passed on the way, and may come back with undo. */
  readonly #current = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What was said before and by the choice that an edit came from, by that edit; and when it was said last. */
  readonly #chosen = new Map<number, { undo: Annotation; redo: Annotation; timeMs: number }>();
  readonly #progress: ProgressCount;
  readonly #stops: (() => void)[];

  constructor(
    private readonly document: DatasetDocument,
    private readonly options: AnnotationOptions,
  ) {
    this.#progress = new ProgressCount(document, () => this.changed.emit());
    this.#stops = [document.rowsChanged.on(({ splices, stroke }) => this.#follow(splices, stroke))];
    void this.refresh().catch(options.report);
  }

  /** How much the one who annotates has done; undefined while there are no annotations. */
  get progress(): AnnotationProgress | undefined {
    return this.#progress.counts;
  }

  /** Reads what others wrote. */
  refresh(): Promise<void> {
    return this.#enqueue(() => this.#read());
  }

  /** What was said about a row; a row that was cut or is blank has nothing. */
  describe(line: Line): RowAnnotation | undefined {
    const identity = line.cut ? undefined : identifyRow(line.text);
    if (!identity) return undefined;
    const opinions = this.#ledger.of(identity.hash);
    const annotator = this.options.annotator();
    const mine = annotator === undefined ? undefined : opinions.get(annotator);
    const verdict = verdictOf(mine?.choice, identity);
    return {
      first: firstShown(identity, this.options.seed()),
      verdict: verdict ?? flagOf(line.text, this.document.format),
      labels: [...(mine?.labels?.value ?? [])],
      note: mine?.note?.value ?? '',
      others: [...opinions].filter(([name, { choice }]) => name !== annotator && choice && choice.value !== null).length,
    };
  }

  /** What a list shows of it. */
  verdict(line: Line): Verdict | undefined {
    return this.#ledger.size === 0 ? flagOf(line.text, this.document.format) : this.describe(line)?.verdict;
  }

  /** Settles when labels have followed all edits made so far. */
  settled(): Promise<void> {
    return this.#edited.length === 0 ? Promise.resolve() : this.#enqueue(() => this.#carry());
  }

  /**
   * Writes down what the annotator says about a row. A choice that the row has already is taken back. Choosing the answer that the file
   * rejects swaps the two in the file. Answers what the row's verdict is then, or 'nobody' when there is no name to write it under.
   */
  async say(at: RowAt, said: Said, label: (row: number) => string): Promise<Verdict | 'nobody' | undefined> {
    if (!this.options.file) throw new UserError(this.options.noFile, 'no-sidecar');
    const annotator = await this.options.askAnnotator();
    if (annotator === undefined) return 'nobody';
    await this.refresh(); // others may have written since
    return this.#enqueue(async () => {
      await this.#carry();
      const row = this.document.findUntouched(at);
      const [line] = await this.document.read(row, 1, MAX_ROW_BYTES);
      if (!line) throw new UserError(`There is no row ${row + 1}.`, 'row-gone');
      const identity = line.cut ? undefined : identifyRow(line.text);
      if (!identity) throw new UserError(line.cut ? `Row ${row + 1} is too long to be annotated here.` : `Row ${row + 1} is blank: there is nothing to annotate.`, 'no-row');
      const known = this.#ledger.of(identity.hash).get(annotator);
      const newest = Math.max(known?.choice?.timeMs ?? 0, known?.labels?.timeMs ?? 0, known?.note?.timeMs ?? 0);
      const make = (part: Pick<Annotation, 'choice' | 'shown' | 'labels' | 'note'>): Annotation => ({ row: identity.hash, annotator, time: new Date(Math.max(Date.now(), newest + 1)).toISOString(), ...part });
      const { choice, first, labels, note } = said;
      const written = make({ ...(labels ? { labels } : {}), ...(note === undefined ? {} : { note }) });
      const { answers, sides } = identity;
      if (choice === undefined) {
        await this.#write([written]);
        return verdictOf(known?.choice, identity);
      }
      const ofPair = choice === 'a' || choice === 'b';
      if (ofPair && (!answers || !first || !sides)) throw new UserError(`Row ${row + 1} has no two answers to choose from.`, 'no-sides');
      const wanted = ofPair ? ((choice === 'a') === (first === 'chosen') ? 'chosen' : 'rejected') : choice;
      if (verdictOf(known?.choice, identity) === wanted) {
        await this.#write([{ ...written, choice: null }]);
        return undefined;
      }
      const shown = ofPair ? ([answers![first!], answers![otherSide(first!)]] as const) : undefined;
      const judged: Annotation = { ...written, choice, ...(shown ? { shown } : {}) };
      if (wanted === 'rejected' && !this.document.readOnly) {
        let edit: number | undefined;
        const stop = this.document.edited.on(({ id }) => (edit = id));
        await this.document.changeRow({ row, revision: this.document.revision }, { op: 'swap', keys: sides! }, label).finally(stop);
        const before: Pick<Annotation, 'choice' | 'shown'> = { choice: known?.choice?.value ?? null, ...(known?.choice?.shown ? { shown: known.choice.shown } : {}) };
        if (edit !== undefined) this.#chosen.set(edit, { undo: make(before), redo: judged, timeMs: Date.parse(judged.time) });
      }
      await this.#write([judged]);
      return wanted === 'rejected' && !this.document.readOnly ? 'chosen' : wanted;
    });
  }

  /** An edit was undone or made again: so is the choice that it came from, unless something else was said since. */
  stepped(edit: number, direction: 'undo' | 'redo'): Promise<void> {
    return this.#enqueue(async () => {
      await this.#carry();
      const chosen = this.#chosen.get(edit);
      if (!chosen) return;
      const { row, annotator, choice = null, shown } = chosen[direction];
      if (this.#ledger.of(row).get(annotator)?.choice?.timeMs !== chosen.timeMs) return;
      chosen.timeMs = Math.max(Date.now(), chosen.timeMs + 1);
      await this.#write([{ row, annotator, time: new Date(chosen.timeMs).toISOString(), choice, ...(shown ? { shown } : {}) }]);
    });
  }

  /** The next row that the annotator said nothing about, going round at the end. */
  async nextUnlabelled(from: number, signal: AbortSignal): Promise<number | undefined> {
    await this.settled();
    const slicer = createSlicer(SLICE_MS, signal);
    const { rows } = this.document;
    for (let step = 1; step <= rows; ) {
      const row = (from + step) % rows;
      const lines = await this.document.read(row, Math.min(BATCH_ROWS, rows - row, rows - step + 1), MAX_ROW_BYTES);
      if (lines.length === 0) return undefined;
      for (const [i, line] of lines.entries()) {
        if (!line.cut && !isBlank(withoutCr(line.text)) && this.describe(line)?.verdict === undefined) return row + i;
        await slicer.pause();
      }
      step += lines.length;
    }
    return undefined;
  }

  /** What a search reads in its own thread: the sidecar, with all that is known here, and whose words count. */
  async onDisk(): Promise<{ sidecar: string; annotator: string | undefined } | undefined> {
    await this.#enqueue(() => this.#writeCarried());
    return this.options.file && { sidecar: this.options.file.path, annotator: this.options.annotator() };
  }

  /** What everybody said about the rows as they are now. */
  async tally(signal: AbortSignal): Promise<Tally> {
    await this.refresh();
    await this.settled();
    const slicer = createSlicer(SLICE_MS, signal);
    const tally = new TallyRows(this.#ledger);
    for (let row = 0; row < this.document.rows; ) {
      const lines = await this.document.read(row, BATCH_ROWS, MAX_ROW_BYTES);
      if (lines.length === 0) break;
      for (const line of lines) {
        const identity = line.cut ? undefined : identifyRow(line.text);
        if (identity) tally.add(identity);
        await slicer.pause();
      }
      row += lines.length;
    }
    return tally.end();
  }

  /** Somebody else annotates from now on. */
  retell(): void {
    this.#count();
    this.changed.emit();
  }

  async dispose(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#progress.dispose();
    await this.#enqueue(() => this.#writeCarried());
  }

  async #read(): Promise<void> {
    const { file } = this.options;
    if (!file) return;
    const { anew, lines } = await file.read();
    if (anew) this.#ledger = new Ledger();
    else if (lines.length === 0) return;
    const slicer = createSlicer(SLICE_MS);
    for (const line of lines) {
      const annotation = readAnnotation(line);
      if (annotation) this.#ledger.add(annotation);
      await slicer.pause();
    }
    this.#count();
    this.changed.emit();
  }

  async #write(annotations: readonly Annotation[]): Promise<void> {
    await this.options.file!.append(annotations.map(writeAnnotation).join(''));
    for (const annotation of annotations) this.#ledger.add(annotation);
    this.#count();
    this.changed.emit();
  }

  #count(): void {
    this.#progress.restart(this.#ledger, this.options.annotator());
  }

  #follow(splices: readonly Splice[], stroke: string | undefined): void {
    if (this.#ledger.size === 0) return;
    for (const { removed, inserted } of splices) {
      if (removed.length !== inserted.length) continue; // rows that came or went
      for (const [i, before] of removed.entries()) {
        const last = this.#edited.at(-1);
        const after = inserted[i]!;
        // of typing only what it led to counts, not every letter on the way
        if (stroke !== undefined && last?.stroke === stroke && last.after === before) last.after = after;
        else if (before !== after) this.#edited.push({ before, after, stroke });
      }
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#enqueue(() => this.#writeCarried()).catch(this.options.report), CARRY_MS);
  }

  async #carry(): Promise<void> {
    const slicer = createSlicer(SLICE_MS);
    const edited = this.#edited;
    this.#edited = [];
    for (const { before, after } of edited) await this.#carryOne(before, after, slicer);
  }

  async #carryOne(beforeText: string, afterText: string, slicer: Slicer): Promise<void> {
    const [before, after] = [identifyRow(beforeText), identifyRow(afterText)];
    await slicer.pause();
    if (!before || !after || before.hash === after.hash) return;
    const moved = this.#ledger.carry(before, after);
    this.#current.delete(before.hash);
    this.#current.add(after.hash);
    if (moved.length > 0) this.#carried.set(after.hash, [...(this.#carried.get(after.hash) ?? []), ...moved]);
  }

  async #writeCarried(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#carry();
    const annotations = [...this.#current].flatMap((hash) => this.#carried.get(hash) ?? []);
    for (const hash of this.#current) this.#carried.delete(hash);
    this.#current.clear();
    if (annotations.length > 0) await this.#write(annotations);
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

function otherSide(side: Side): Side {
  return side === 'chosen' ? 'rejected' : 'chosen';
}
