/** Annotating an open dataset: choices reach row and sidecar, follow edits and undo, and two windows lose nothing. */

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createRng } from '../../../src/core/rng.ts';
import { sidecarOf } from '../../../src/dataset/annotations/annotation.ts';
import { identifyRow } from '../../../src/dataset/annotations/rowIdentity.ts';
import type { Edit } from '../../../src/dataset/editLog.ts';
import { DocumentAnnotations } from '../../../src/host/datasetEditor/annotations.ts';
import { diskFile } from '../../../src/host/datasetEditor/diskFile.ts';
import { DatasetDocument } from '../../../src/host/datasetEditor/document.ts';
import { createDocumentJournal } from '../../../src/host/datasetEditor/documentJournal.ts';
import { annotationFile } from '../../../src/node/annotationFile.ts';
import type { Said } from '../../../src/protocol/datasetView.ts';

let folder: string;
let path: string;
const closing: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'posttrain-annotate-'));
  path = join(folder, 'pairs.jsonl');
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await fs.rm(folder, { recursive: true });
});

interface Window {
  document: DatasetDocument;
  annotations: DocumentAnnotations;
  edits: Edit[];
  say(row: number, said: Said): Promise<string | undefined>;
  verdict(row: number): Promise<string | undefined>;
  line(row: number): Promise<string>;
  progressIs(expected: object): Promise<void>;
}

async function open(text: string | undefined, name: string | null = 'ann', readOnly = false): Promise<Window> {
  const annotator = name ?? undefined;
  if (text !== undefined) await fs.writeFile(path, text);
  const journal = createDocumentJournal({ uri: `file://${path}`, folder: join(folder, `journals-${String(annotator)}`), owner: null, isAlive: () => Promise.resolve(false), onError: (error) => assert.fail(String(error)) });
  const file = diskFile(path, folder);
  const document = await DatasetDocument.open({ ...file, isReadOnly: () => Promise.resolve(readOnly) }, journal);
  await document.indexed();
  const edits: Edit[] = [];
  document.edited.on((edit) => edits.push(edit));
  const annotations = new DocumentAnnotations(document, { file: annotationFile(sidecarOf(path)), noFile: '', annotator: () => annotator, askAnnotator: () => Promise.resolve(annotator), seed: () => 1, report: (error) => assert.fail(String(error)) });
  await annotations.refresh();
  closing.push(async () => {
    await annotations.dispose();
    await document.dispose();
  });
  return {
    document,
    annotations,
    edits,
    say: (row, said) => annotations.say({ row, revision: document.revision }, said, (now) => `Choose ${now + 1}`),
    async verdict(row) {
      await annotations.settled();
      return annotations.describe((await document.read(row, 1, 1e6))[0]!)?.verdict;
    },
    line: async (row) => (await document.read(row, 1, 1e6))[0]!.text,
    async progressIs(expected) {
      const now = () => {
        const { rows, done, skipped, choices } = annotations.progress ?? {};
        return { rows, done, skipped, ...choices };
      };
      for (let i = 0; i < 500 && !isDeepStrictEqual(now(), expected); i++) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(now(), expected);
    },
  };
}
const pairs = [0, 1, 2].map((n) => `{"prompt": "p${n}", "chosen": "\\u0061${n}", "rejected": "b${n}"}`);
const swapped = (n: number) => `{"prompt": "p${n}", "chosen": "b${n}", "rejected": "\\u0061${n}"}`;
const sidecar = async () => (await fs.readFile(sidecarOf(path), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));

describe('choosing', () => {
  test('the answer that the file prefers writes it down and edits nothing; the other one swaps them in one step', async () => {
    const window = await open(`${pairs.join('\n')}\n`);
    assert.equal(await window.say(0, { choice: 'a', first: 'chosen' }), 'chosen');
    assert.equal(window.edits.length, 0);
    assert.equal(await window.say(1, { choice: 'b', first: 'chosen' }), 'chosen');
    assert.equal(await window.line(1), swapped(1));
    assert.deepEqual(window.edits.map(({ label }) => label), ['Choose 2']);
    const [first, second] = await sidecar();
    const { hash, answers } = identifyRow(pairs[1]!)!;
    assert.deepEqual([first.annotator, first.choice, second.row, second.choice, second.shown], ['ann', 'a', hash, 'b', [answers!.chosen, answers!.rejected]]);
    assert.deepEqual(await Promise.all([0, 1, 2].map((row) => window.verdict(row))), ['chosen', 'chosen', undefined]);
    await window.progressIs({ rows: 3, done: 2, skipped: 0, better: 2 });
  });

  test('where there is no place for a sidecar, the sentence for people is the answer, and nobody is asked for a name', async () => {
    const { document } = await open(pairs.join('\n'));
    const annotations = new DocumentAnnotations(document, { file: undefined, noFile: '虚拟工作区', annotator: () => undefined, askAnnotator: () => assert.fail('asked'), seed: () => 1, report: (error) => assert.fail(String(error)) });
    await assert.rejects(annotations.say({ row: 0, revision: document.revision }, { choice: 'tie' }, String), { message: '虚拟工作区', code: 'no-sidecar' });
    await annotations.dispose();
  });

  test('blind, A may be the rejected one', async () => {
    const window = await open(pairs[0]!);
    assert.equal(await window.say(0, { choice: 'a', first: 'rejected' }), 'chosen');
    assert.equal(await window.line(0), swapped(0));
    assert.equal(await window.say(0, { choice: 'b', first: 'rejected' }), undefined, 'the same answer again takes it back');
    assert.equal(await window.verdict(0), undefined);
  });

  test('undo takes the judgement back with the swap, redo makes both again', async () => {
    const window = await open(pairs.join('\n'));
    await window.say(0, { choice: 'tie' });
    await window.say(0, { choice: 'b', first: 'chosen' });
    const [edit] = window.edits;
    await window.document.undo(edit!.id);
    await window.annotations.stepped(edit!.id, 'undo');
    assert.equal(await window.line(0), pairs[0]);
    assert.equal(await window.verdict(0), 'tie');
    await window.document.redo(edit!.id);
    await window.annotations.stepped(edit!.id, 'redo');
    assert.equal(await window.line(0), swapped(0));
    assert.equal(await window.verdict(0), 'chosen');
  });

  test('in a file that cannot be written, the judgement stands and the row stays', async () => {
    const window = await open(pairs[0]!, 'ann', true);
    assert.equal(await window.say(0, { choice: 'b', first: 'chosen' }), 'rejected');
    assert.equal(await window.line(0), pairs[0]);
    assert.equal(await window.verdict(0), 'rejected');
  });

  test('needs a name, a row as it was seen, and two answers', async () => {
    const nobody = await open(`${pairs[0]}\n\n{"text":"t"}\n`, null);
    assert.equal(await nobody.say(0, { choice: 'tie' }), 'nobody');
    assert.deepEqual(await sidecar(), []);
    const window = await open(undefined);
    const { revision } = window.document;
    await window.document.setText({ row: 0, revision }, ['prompt'], 'new', undefined, () => 'Edit');
    await assert.rejects(window.annotations.say({ row: 0, revision }, { choice: 'tie' }, () => ''), /changed meanwhile/);
    await assert.rejects(window.say(1, { choice: 'skip' }), /blank/);
    await assert.rejects(window.say(2, { choice: 'a', first: 'chosen' }), /no two answers/);
    assert.equal(await window.say(2, { choice: 'good' }), 'good');
  });
});

describe('annotations and edits', () => {
  test('labels stay with a row that is typed in, and go back with undo; only what the typing led to is written', async () => {
    const window = await open(pairs.join('\n'));
    await window.say(0, { choice: 'a', first: 'chosen', labels: ['odd'], note: 'why' });
    for (const text of ['x', 'xy', 'xyz']) await window.document.setText({ row: 0, revision: window.document.revision }, ['chosen'], text, 'stroke', () => 'Edit');
    assert.equal(await window.verdict(0), 'chosen');
    const described = window.annotations.describe((await window.document.read(0, 1, 1e6))[0]!)!;
    assert.deepEqual([described.labels, described.note], [['odd'], 'why']);
    await window.document.undo(window.edits[0]!.id);
    assert.equal(await window.verdict(0), 'chosen');
    await window.document.redo(window.edits[0]!.id);
    await closing.pop()!();
    const edited = identifyRow('{"prompt":"p0","chosen":"xyz","rejected":"b0"}')!;
    assert.deepEqual(new Set((await sidecar()).map(({ row }) => row)), new Set([identifyRow(pairs[0]!)!.hash, edited.hash]));
  });

  test('that follow an edit are in the sidecar before anyone reads it', async () => {
    const window = await open(pairs.join('\n'));
    await window.say(0, { choice: 'tie' });
    await window.document.setText({ row: 0, revision: window.document.revision }, ['prompt'], 'new', undefined, () => 'Edit');
    assert.deepEqual(await window.annotations.onDisk(), { sidecar: sidecarOf(path), annotator: 'ann' });
    assert.deepEqual((await sidecar()).map(({ row }) => row), [pairs[0]!, await window.line(0)].map((line) => identifyRow(line)!.hash));
  });

  test('rows that say the same share what is said, and a new copy does too', async () => {
    const window = await open(`${pairs[0]}\n${pairs[0]!.replaceAll(' ', '')}\n`);
    await window.say(0, { choice: 'skip' });
    assert.equal(await window.verdict(1), 'skip');
    await window.document.addRow({ row: 1, revision: window.document.revision }, 'copy', () => 'Copy');
    assert.equal(await window.verdict(2), 'skip');
    await window.progressIs({ rows: 3, done: 0, skipped: 3 });
  });

  test('the next row without a label goes round, past blank lines', async () => {
    const window = await open(`${pairs[0]}\n\n${pairs[1]}\n${pairs[2]}\n`);
    const next = (from: number) => window.annotations.nextUnlabelled(from, new AbortController().signal);
    assert.equal(await next(0), 2);
    await window.say(2, { choice: 'tie' });
    await window.say(3, { choice: 'skip' });
    assert.equal(await next(0), 0);
    await window.say(0, { choice: 'tie' });
    assert.equal(await next(3), undefined);
  });

  test('the row is its own label where the format has a key for it', async () => {
    const window = await open('{"prompt":"p","completion":"c","label":true}\n{"prompt":"q","completion":"c","label":false}\n{"prompt":"r","completion":"c"}\n');
    assert.equal(window.document.format?.id, 'unpaired-preference');
    assert.deepEqual(await Promise.all([0, 1, 2].map((row) => window.verdict(row))), ['good', 'bad', undefined]);
    await window.say(2, { note: 'unsure' });
    await window.progressIs({ rows: 3, done: 2, skipped: 0, good: 1, bad: 1 });
  });
});

describe('random scripts', () => {
  test('of choices, edits, undo and redo end as a model with a label for each row does', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const rng = createRng(seed);
      const texts = [0, 1, 2, 3].map((n) => ({ prompt: `p${n}`, chosen: `a${n}`, rejected: `b${n}` }));
      const window = await open(`${texts.map((row) => JSON.stringify(row)).join('\n')}\n`, `ann${seed}`);
      // the better text of each row, 'tie', or nothing said
      const model = texts.map((row) => ({ ...row, says: undefined as string | undefined }));
      type Step = { undo(): void; redo(): void };
      let done: Step[] = [];
      let undone: Step[] = [];
      const ids: number[] = [];
      for (let step = 0; step < 25; step++) {
        const row = rng.below(4);
        const of = model[row]!;
        const what = rng.below(5);
        if (what === 0) {
          const [key, text] = [rng.next() < 0.5 ? ('chosen' as const) : ('prompt' as const), `t${step}`];
          const before = of[key];
          await window.document.setText({ row, revision: window.document.revision }, [key], text, undefined, () => 'Edit');
          const set = (from: string, to: string) => () => {
            of[key] = to;
            if (of.says === from) of.says = to;
          };
          set(before, text)();
          done.push({ undo: set(text, before), redo: set(before, text) });
          undone = [];
        } else if (what === 1 && done.length > 0) {
          const last = done.pop()!;
          last.undo();
          undone.push(last);
          const id = ids[done.length]!;
          await window.document.undo(id);
          await window.annotations.stepped(id, 'undo');
        } else if (what === 2 && undone.length > 0) {
          const next = undone.pop()!;
          next.redo();
          const id = ids[done.length]!;
          done.push(next);
          await window.document.redo(id);
          await window.annotations.stepped(id, 'redo');
        } else if (what === 3) {
          await window.say(row, { choice: 'tie' });
          of.says = of.says === 'tie' ? undefined : 'tie';
        } else if (what === 4) {
          const [first, choice] = [rng.next() < 0.5 ? ('chosen' as const) : ('rejected' as const), rng.next() < 0.5 ? ('a' as const) : ('b' as const)];
          const side = (choice === 'a') === (first === 'chosen') ? 'chosen' : 'rejected';
          await window.say(row, { choice, first });
          const [before, after] = [of.says, of.says === of[side] ? undefined : of[side]];
          of.says = after;
          if (side === 'rejected' && after !== undefined) {
            const swap = (from: string | undefined, to: string | undefined) => () => {
              [of.chosen, of.rejected] = [of.rejected, of.chosen];
              if (of.says === from) of.says = to;
            };
            [of.chosen, of.rejected] = [of.rejected, of.chosen];
            done.push({ undo: swap(after, before), redo: swap(before, after) });
            undone = [];
          }
        }
        ids.length = Math.min(ids.length, done.length + undone.length);
        if (window.edits.length > 0 && undone.length === 0) ids[done.length - 1] = window.edits.at(-1)!.id;
        for (const [n, { prompt, chosen, rejected, says }] of model.entries()) {
          assert.deepEqual(JSON.parse(await window.line(n)), { prompt, chosen, rejected }, `seed ${seed}, step ${step}`);
          assert.equal(await window.verdict(n), says === chosen ? 'chosen' : says === rejected ? 'rejected' : says, `seed ${seed}, step ${step}, row ${n}`);
        }
      }
    }
  });
});

describe('two windows', () => {
  test('of two people keep their labels apart, and agree or not', async () => {
    const [ann, bob] = [await open(pairs.join('\n'), 'ann'), await open(undefined, 'bob', true)];
    await Promise.all([0, 1, 2].flatMap((row) => [ann.say(row, { choice: 'a', first: 'chosen' }), bob.say(row, { choice: row === 0 ? 'b' : 'a', first: 'chosen' })]));
    await ann.annotations.refresh();
    assert.deepEqual(await Promise.all([ann.verdict(0), bob.verdict(0), ann.verdict(1)]), ['chosen', 'rejected', 'chosen']);
    assert.equal(ann.annotations.describe((await ann.document.read(0, 1, 1e6))[0]!)!.others, 1);
    const { cohen, annotators } = await ann.annotations.tally(new AbortController().signal);
    assert.deepEqual([cohen[0]!.rows, cohen[0]!.observed, annotators.map(({ done }) => done)], [3, 2 / 3, [3, 3]]);
  });

  test('of one person lose nothing: a note here and a choice there are both kept', async () => {
    const [one, two] = [await open(pairs.join('\n')), await open(undefined)];
    await Promise.all([one.say(0, { note: 'from one' }), two.say(0, { choice: 'tie' })]);
    await Promise.all([one.annotations.refresh(), two.annotations.refresh()]);
    for (const window of [one, two]) {
      const { note, verdict } = window.annotations.describe((await window.document.read(0, 1, 1e6))[0]!)!;
      assert.deepEqual([note, verdict], ['from one', 'tie']);
    }
  });
});
