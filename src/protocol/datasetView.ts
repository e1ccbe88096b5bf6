/** What the dataset editor's page and the extension tell each other. The extension holds the document; a page shows a part of it and asks. */

import type { Problem, Severity } from '../core/problem.ts';
import type { Choice } from '../dataset/annotations/annotation.ts';
import type { Verdict } from '../dataset/annotations/ledger.ts';
import type { Side } from '../dataset/annotations/rowIdentity.ts';
import type { LineEdit } from '../dataset/checks/check.ts';
import type { DraftPlace } from '../dataset/drafts.ts';
import type { ReplacePreview } from '../dataset/find/replaceRow.ts';
import type { FieldView } from '../dataset/format.ts';
import type { RowOp } from '../dataset/rowOps.ts';
import type { RowSummary } from '../dataset/rowSummary.ts';

/** Everything about the document but its rows: small, sent whole whenever something in it changed. */
export interface DocumentState {
  /** File name, for titles. */
  name: string;
  /** Counts every change of rows. Row numbers in a request belong to the revision that it names. */
  revision: number;
  rows: number;
  /** Bytes read and bytes in all, while lines are still being counted. */
  indexing: { done: number; total: number } | undefined;
  format: { id: string; label: string; fields: FieldView[] } | undefined;
  /** Why nothing can be edited, in words; undefined when everything can. */
  readOnly: string | undefined;
  notice: Notice | undefined;
  /** Rows with problems; undefined while they are not counted (the file is large). */
  problems: { errorRows: number; warningRows: number; complete: boolean } | undefined;
  /** Undefined while there are no annotations. */
  annotations: AnnotationProgress | undefined;
}

/** Something to decide or to know, in a bar above the rows. */
export interface Notice {
  severity: 'info' | 'warning' | 'error';
  text: string;
  actions: { id: NoticeAction; label: string; primary?: boolean }[];
}
export type NoticeAction = 'replay' | 'discard' | 'compare' | 'reload' | 'showLost' | 'showDraft' | 'dismiss' | 'openText' | 'showBackup';

/** How far the one who annotates is. */
export interface AnnotationProgress {
  /** Undefined while nobody said a name. */
  annotator: string | undefined;
  /** Undefined where they are too many to be looked through. */
  rows: number | undefined;
  done: number;
  skipped: number;
  /** `better`: of a pair, one of the answers. */
  choices: Partial<Record<'better' | 'tie' | 'good' | 'bad', number>>;
  labels: Record<string, number>;
  perHour: number | undefined;
}

/** What the annotator says about a row. */
export interface RowAnnotation {
  /** Of a pair: which answer is A while nobody shall know which one the file prefers. */
  first: Side | undefined;
  verdict: Verdict | undefined;
  labels: string[];
  note: string;
  /** Other people who judged it. */
  others: number;
}

/** `first`: of a pair, the answer that was shown as A. What is not there stays as it is. */
export interface Said {
  choice?: Choice;
  first?: Side;
  labels?: string[];
  note?: string;
}

/** A row as the list shows it. */
export interface RowItem extends RowSummary {
  severity: Severity | undefined;
  problems: number;
  verdict?: Verdict | undefined;
  /** What the replacement that is typed would change. */
  change?: ReplacePreview | null;
}

/** What is looked for in all rows, as it was typed. */
export interface FindRequest {
  text: string;
  matchCase: boolean;
  regex: boolean;
  /** Set while replacing: the text is taken as it is, and found where it can be replaced. */
  with: string | undefined;
}

/** A row as the card shows it. */
export interface RowDetail {
  revision: number;
  row: number;
  /** The line without its ending. Bytes that are no UTF-8 stand as lone surrogates U+DC80 to U+DCFF. */
  text: string;
  sizeBytes: number;
  /** Too long to be sent: `text` is its beginning, and it can't be edited here. */
  cut: boolean;
  problems: Problem[];
  /** What someone began to type: values that are no JSON yet, notes that were not sent. */
  drafts: { place: DraftPlace; text: string }[];
  /** Undefined where nothing can be said about it. */
  annotation: RowAnnotation | undefined;
}

/** Rows `[at, at + removed)` gave way to `inserted` rows. In row numbers from before the change; several are sorted. */
export interface RowChange {
  at: number;
  removed: number;
  inserted: number;
}

/** A row as a model gets it. */
export interface RowTokens {
  /** The model folder, and the run spec that names it. */
  model: string;
  spec: string | undefined;
  method: string;
  /** What the method does to the row: why it is left out, where it is cut. */
  problems: { severity: Severity; message: string }[];
  /** One, or the chosen and the rejected one. Of a very long one the beginning. */
  sides: TokenSide[];
}
export interface TokenSide {
  side: 'row' | 'chosen' | 'rejected';
  ids: number[];
  /** As the vocabulary writes them. */
  texts: string[];
  /** 1 where a token counts in the loss. */
  trained: number[];
  total: number;
  trainedTotal: number;
  promptLength: number;
  truncatedFrom: number | null;
}

/** In CSS pixels; what is not there is as wide as it is by default. */
export interface GridLayout {
  listPx?: number | undefined;
  /** By format, then by key. */
  columns: Record<string, Record<string, number>>;
}

export type JsonPath = (string | number)[];

/** What a field holds: a text, a value as JSON, or a text that is JSON itself. */
export type TextForm = 'text' | 'json' | 'jsonText';

interface Place {
  row: number;
  revision: number;
}

/** What the extension answers and tells. */
export interface DatasetHost {
  requests: {
    /** First of all: the state, and the texts in the user's language. */
    'document/open': { params: null; result: { state: DocumentState; strings: Record<string, string> | undefined; layout: GridLayout | undefined } };
    /** Keeps the widths that someone gave to list and columns, for this workspace. */
    'layout/write': { params: { layout: GridLayout }; result: null };
    'rows/read': { params: { from: number; count: number }; result: { revision: number; from: number; rows: RowItem[] } };
    /** Some rows of the list, with what the replacement would change in them. */
    'rows/pick': { params: { rows: number[]; replace: FindRequest | undefined }; result: { revision: number; rows: RowItem[] } };
    /**
     * Looks through all rows; `found` tells of them meanwhile. Row numbers are those of `revision`. `problem`: why nothing was looked for.
     * `interrupted`: the file was saved or read anew, look again.
     */
    'find/run': { params: { id: number; find: FindRequest }; result: { revision: number; problem: string | undefined; interrupted: boolean; order: Uint32Array | undefined } };
    /** Replaces everywhere, or in one row, as one step of undo; answers in how many rows. */
    'find/replace': { params: { find: FindRequest; at: Place | undefined }; result: { rows: number } };
    'row/read': { params: { row: number }; result: RowDetail | undefined };
    /** Replaces one text or value of a row. Calls of one `stroke` (typing in one field) are one step of undo. */
    'row/setText': { params: Place & { path: JsonPath; text: string; form: TextForm; stroke: string }; result: { revision: number } };
    /** Something is half-typed: kept for whatever happens, until `row/setText` or `row/annotate` takes it to where it shall be, or undefined takes it back. */
    'row/draft': { params: Place & { place: DraftPlace; text: string | undefined }; result: null };
    /** Turns, sides, marks. Refused when the row changed after this revision. */
    'row/change': { params: Place & { op: RowOp }; result: { revision: number } };
    /** Replaces the whole line. Refused when another stroke changed it after this revision. */
    'row/setLine': { params: Place & { text: string; stroke: string }; result: { revision: number } };
    /** Makes the edits of a quick fix. Refused when the row changed after the revision that it was offered for. */
    'row/fix': { params: Place & { edits: readonly LineEdit[] }; result: { revision: number } };
    /** Runs a command of VS Code's on the row that this page has selected. */
    'row/command': { params: { command: RowCommand }; result: null };
    /** The next row with a problem in a direction, from a row on; undefined when there is none. Wraps around. */
    'rows/nextProblem': { params: { from: number; direction: 1 | -1 }; result: { row: number | undefined } };
    /** Where a row is after the document was read anew: the nearest row with the same line. */
    'rows/find': { params: { near: number; text: string }; result: { row: number | undefined } };
    /** Writes down what the annotator says. Refused when the row changed after this revision. `nobody`: without a name nothing was written. */
    'row/annotate': { params: Place & { said: Said }; result: { verdict: Verdict | 'nobody' | undefined } };
    /** The next row that the annotator said nothing about; goes round. */
    'rows/nextUnlabelled': { params: { from: number }; result: { row: number | undefined } };
    'document/undo': { params: null; result: null };
    'notice/act': { params: { action: NoticeAction }; result: null };
    /** Opens the file in VS Code's text editor, at a row. */
    'document/openText': { params: { row: number | undefined }; result: null };
    /** A row as a model gets it; undefined while nobody said which model. Cancelled when another row is asked for. */
    'row/tokens': { params: Place; result: RowTokens | undefined };
    /** How many tokens each of these texts has by itself; undefined while nobody said which model. Cancelled when other texts are asked for. */
    'tokens/count': { params: { texts: string[] }; result: { counts: number[] } | undefined };
    /** Asks whose tokens to show; answers whether something was chosen. */
    'tokens/choose': { params: null; result: { chosen: boolean } };
    /** Opens VS Code's keyboard settings at the commands of this editor. */
    'keys/change': { params: null; result: null };
    /** Asks for a row number in VS Code's own input box. */
    'document/goToRow': { params: null; result: null };
  };
  events: {
    state: DocumentState;
    /** Rows that a search found next, of `revision`, and how much of the file it has seen. */
    found: { id: number; revision: number; rows: Uint32Array; done: number; total: number };
    /** Rows changed, by this page or another. `stroke`: that of the request which caused it. */
    changed: { revision: number; rows: number; changes: RowChange[]; stroke: string | undefined };
    /** What is known of the rows beside their text changed: annotations, or what they say of each other. */
    annotated: null;
    /** The document was read anew: every row may be another one. */
    reloaded: { state: DocumentState };
    /** Selects a row. `focus`: on its card. */
    reveal: { row: number; focus: boolean };
    /** For screen readers. */
    announce: { text: string };
    /** A key binding of VS Code was pressed. */
    command: { name: ViewCommand };
  };
}

/** What the page answers and tells. */
export interface DatasetPage {
  requests: {
    /** Answers when everything that was typed has been sent, for a save that must not miss the last letters. */
    'page/flush': { params: null; result: null };
  };
  events: {
    /** A field was left, or the selected row changed: the next typing is a new step of undo. */
    sealed: null;
    /** The selected row, for commands that start from it; null when there is none. */
    selected: Place | null;
  };
}

/** `posttrain.dataset.…` */
export type RowCommand = 'insertRow' | 'duplicateRow' | 'deleteRow';

export type ViewCommand = 'find' | 'replace' | 'nextRow' | 'previousRow' | 'nextProblem' | 'previousProblem' | 'switchPane' | 'editText'
  | 'addTurn' | 'deleteTurn' | 'moveTurnUp' | 'moveTurnDown' | 'splitTurn' | 'changeRole'
  | 'swapAnswers' | 'copyAcross' | 'markGood' | 'markBad' | 'tie' | 'skipRow' | 'editLabels' | 'editNote' | 'nextUnlabelled' | 'toggleBlind' | 'toggleJson' | 'toggleTokens' | 'showKeys';
