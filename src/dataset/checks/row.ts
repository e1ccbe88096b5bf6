/** One row as the checks see it: read once, cheaply; places and meaning are worked out only when a check asks for them. */

import type { Parsed } from '../../core/problem.ts';
import type { Example } from '../example.ts';
import type { Format } from '../format.ts';
import { isBlank } from '../lineText.ts';
import { escapeLength } from '../rowScan.ts';
import { parseRow, type RowEntry, type RowNode, type RowTree } from '../rowSyntax.ts';
import type { RowOptions } from './check.ts';
import { slipsOf, type Slip } from './slips.ts';
import { textsOf, type RowText } from './texts.ts';
import { conversationsOf, type Conversation } from './turns.ts';

export type Path = readonly (string | number)[];

export interface Range {
  start: number;
  end: number;
}

const beyondAscii = /[\x7f-\uffff]/;
const characterEscape = /\\[bfu]/;
const nothing: RowTree = { root: undefined, faults: [] };

/** Never throws: a line that is no JSON, or no object, is a row without a record. */
export class Row {
  /** What the line holds; undefined when it is blank or malformed. */
  readonly value: unknown;
  readonly malformed: boolean;
  readonly blank: boolean;
  private cachedTree: RowTree | undefined;
  private cachedMeaning: Parsed<Example> | undefined;
  private cachedSlips: readonly Slip[] | undefined;
  private cachedConversations: readonly Conversation[] | undefined;
  private cachedTexts: readonly RowText[] | undefined;
  private cachedPlain: boolean | undefined;

  constructor(readonly text: string, readonly format: Format | undefined, readonly options: RowOptions = {}) {
    this.blank = false;
    this.malformed = false;
    try {
      this.value = JSON.parse(text);
    } catch {
      const bare = text.slice(this.bom);
      this.blank = isBlank(bare);
      if (this.bom > 0 && !this.blank) {
        try {
          this.value = JSON.parse(bare);
          return;
        } catch {
          // malformed all the same
        }
      }
      this.malformed = !this.blank;
    }
  }

  /** Length of the byte order mark that the line begins with. */
  get bom(): number {
    return this.text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  /** The row, when it is a JSON object. */
  get record(): Readonly<Record<string, unknown>> | undefined {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value) ? (this.value as Record<string, unknown>) : undefined;
  }

  /** Every part of the line with its place. */
  get tree(): RowTree {
    return (this.cachedTree ??= this.blank ? nothing : parseRow(this.text, this.bom));
  }

  /** What the format makes of the row; undefined without a format or a record. */
  get meaning(): Parsed<Example> | undefined {
    if (this.cachedMeaning || !this.format || !this.record) return this.cachedMeaning;
    return (this.cachedMeaning = this.format.toExample(this.record));
  }

  /** Keys that stand for missing ones. */
  get slips(): readonly Slip[] {
    return (this.cachedSlips ??= slipsOf(this));
  }

  /** The fields that hold turns. */
  get conversations(): readonly Conversation[] {
    return (this.cachedConversations ??= conversationsOf(this));
  }

  /** What is shown to a model, text by text. */
  get texts(): readonly RowText[] {
    return (this.cachedTexts ??= textsOf(this));
  }

  /** Nothing but ASCII, and no escape of a character: nothing in it is hidden or was read in a wrong encoding. Found out once, and quickly, for all checks of texts. */
  get plain(): boolean {
    return (this.cachedPlain ??= !beyondAscii.test(this.text) && !characterEscape.test(this.text));
  }

  /** The whole line without the spaces around it. */
  get all(): Range {
    const start = this.text.length - this.text.slice(this.bom).trimStart().length;
    return { start, end: Math.max(start, this.text.trimEnd().length) };
  }

  /** Where a value is. For a path that the row lacks: the opening bracket of the innermost container that is there. */
  rangeOf(path: Path): Range {
    let node = this.tree.root;
    if (!node) return this.all;
    for (const step of path) {
      const next: RowNode | undefined = childAt(node, step);
      if (!next) return { start: node.start, end: Math.min(node.end, node.start + 1) };
      node = next;
    }
    // The row itself is its opening brace; so is a turn that lacks a key. A value is marked whole.
    return path.length === 0 ? { start: node.start, end: Math.min(node.end, node.start + 1) } : { start: node.start, end: node.end };
  }

  /** Where the opening bracket of a container is: the place of what is missing in it. */
  openingOf(path: Path): Range {
    const { start, end } = this.rangeOf(path);
    return { start, end: Math.min(end, start + 1) };
  }

  /** Where the key of an entry is, quotes included. */
  keyRangeOf(path: Path): Range {
    const entry = this.entryAt(path);
    return entry ? { start: entry.keyStart, end: entry.keyEnd } : this.rangeOf(path);
  }

  /** Where parts of a text stand in the line, which may write any of its characters as an escape. They are asked for in order, so that many cost one way through the text. */
  rangesIn(path: Path): (from: number, to: number) => Range {
    const node = this.nodeAt(path);
    if (node?.type !== 'string') return () => this.rangeOf(path);
    let at = node.start + 1;
    let units = 0;
    const reach = (unit: number) => {
      for (; units < unit; units++) at += this.text[at] === '\\' ? escapeLength(this.text, at) || 1 : 1;
      return at;
    };
    return (from, to) => ({ start: reach(from), end: reach(to) });
  }

  nodeAt(path: Path): RowNode | undefined {
    return path.reduce<RowNode | undefined>((node, step) => node && childAt(node, step), this.tree.root);
  }

  private entryAt(path: Path): RowEntry | undefined {
    const parent = this.nodeAt(path.slice(0, -1));
    return parent?.type === 'object' ? parent.entries.findLast((entry) => entry.key === path.at(-1)) : undefined;
  }
}

/** Of two entries with one key the last counts, as in JSON.parse. */
function childAt(node: RowNode, step: string | number): RowNode | undefined {
  if (node.type === 'object') return node.entries.findLast((entry) => entry.key === String(step))?.value;
  if (node.type === 'array' && typeof step === 'number') return node.items[step];
  return undefined;
}
