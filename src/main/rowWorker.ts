/** The row thread: goes through all rows of a file for its owner, who can end it when an expression hangs. */

import { Ledger } from '../dataset/annotations/ledger.ts';
import { saidAbout } from '../dataset/annotations/said.ts';
import { previewReplace, replaceInLine } from '../dataset/find/replaceRow.ts';
import type { RowFacts } from '../dataset/find/rowMatch.ts';
import { RowSearch } from '../dataset/find/rowSearch.ts';
import type { Format } from '../dataset/format.ts';
import { formats } from '../dataset/formats/index.ts';
import { AcrossFile } from '../language/acrossFile.ts';
import { CheckRules } from '../language/checkRules.ts';
import { validateLine } from '../language/validate.ts';
import { ownerPort } from '../node/workerPort.ts';
import { connectPeer } from '../protocol/rpc.ts';
import type { Found, RowClientContract, RowWorkerContract, SearchRequest } from '../protocol/rows.ts';
import { readLedger } from './readLedger.ts';
import { shapeFiles } from './shapeFiles.ts';

let search: RowSearch | undefined;
let found = nothing();
let across: AcrossFile | undefined;

function nothing(): { rows: number[]; lines: string[]; replaced: string[] } {
  return { rows: [], lines: [], replaced: [] };
}

async function begin({ query, format: id, want, rules: given, annotations }: SearchRequest): Promise<void> {
  const format = formatOf(id);
  const ledger = annotations && query.terms.some(({ kind }) => kind === 'annotation') ? (await readLedger(annotations.sidecar)).ledger : new Ledger();
  const rules = new CheckRules(given?.levels, given?.rows);
  const facts: RowFacts = {
    problems: (text, row) => rules.of(validateLine(text, format, { first: row === 0 }), text),
    said: (text) => saidAbout(text, ledger, format, annotations?.annotator),
  };
  found = nothing();
  search = new RowSearch(query, facts, (row, line) => {
    const replaced = typeof want === 'object' ? replaceInLine(line, want) : undefined;
    if (typeof want === 'object' && replaced === undefined) return;
    found.rows.push(row);
    if (want !== 'rows') found.lines.push(line);
    if (replaced !== undefined) found.replaced.push(replaced);
  }, (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
}

function take(): Found {
  const { rows, ...texts } = found;
  found = nothing();
  return { rows: Uint32Array.from(rows), ...texts, looked: running().rows };
}

function running(): RowSearch {
  if (!search) throw new Error('No search was begun.');
  return search;
}

function formatOf(id: string | undefined): Format | undefined {
  return id === undefined ? undefined : formats.find(id);
}

function acrossFile(): AcrossFile {
  if (!across) throw new Error('No file was begun.');
  return across;
}

const peer = connectPeer<RowWorkerContract, RowClientContract>(
  ownerPort(),
  {
    async 'search/begin'(request) {
      await begin(request);
      return null;
    },
    'search/feed'({ bytes }) {
      running().feed(bytes);
      return take();
    },
    'search/end'() {
      const ended = running();
      const order = ended.end();
      const last = take();
      search = undefined;
      return { ...last, order };
    },
    'across/begin'({ format }) {
      across = new AcrossFile(formatOf(format));
      return null;
    },
    'across/feed'({ bytes }) {
      acrossFile().feed(bytes);
      return null;
    },
    'across/end': () => acrossFile().end(),
    'across/look': ({ lines }) => acrossFile().look(lines),
    preview: ({ lines, replacement }) => lines.map((line) => previewReplace(line, replacement) ?? null),
    shape(request, signal) {
      let told = 0;
      return shapeFiles(request, {
        signal,
        onProgress(done, total) {
          if (done < total && performance.now() - told < 100) return;
          told = performance.now();
          peer.emit('progress', { done, total });
        },
      });
    },
  },
  {},
);
