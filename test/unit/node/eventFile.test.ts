/** events.jsonl on disk: appended whole, followed without reading a byte twice, read past what is torn. */

import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../../src/core/abort.ts';
import { openEventWriter, readEvents, readFirstEvents, readLastEvents, tailEvents } from '../../../src/node/eventFile.ts';
import { eventLine, type RunEvent } from '../../../src/run/event.ts';

const folder = mkdtempSync(join(tmpdir(), 'posttrain-events-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = () => join(folder, `events-${++files}.jsonl`);
const metrics = (step: number, loss = step): RunEvent => ({ type: 'metrics', time: '2026-01-01T00:00:00.000Z', step, epoch: 0, metrics: { loss } });
const steps = (events: readonly RunEvent[]) => events.map((e) => (e.type === 'metrics' ? e.step : -1));

/** Waits until the condition holds; fails after five seconds. */
async function until(condition: () => boolean): Promise<void> {
  for (const begun = Date.now(); !condition(); ) {
    assert.ok(Date.now() - begun < 30_000, 'waited too long');
    await sleep(5);
  }
}

describe('openEventWriter', () => {
  test('appends lines, and goes on after another writer', () => {
    const path = newFile();
    const first = openEventWriter(path);
    first.append(metrics(1));
    first.append(metrics(2, NaN));
    first.close();
    const second = openEventWriter(path);
    second.append(metrics(3));
    second.close();
    assert.equal(readFileSync(path, 'utf8'), `${eventLine(metrics(1))}\n${eventLine(metrics(2, NaN))}\n${eventLine(metrics(3))}\n`);
  });
  test('closes a torn last line before it appends', async () => {
    const path = newFile();
    writeFileSync(path, `${eventLine(metrics(1))}\n{"type":"metr`);
    const writer = openEventWriter(path);
    writer.append(metrics(2));
    writer.close();
    assert.deepEqual(steps(await readEvents(path)), [1, 2]);
    assert.equal(readFileSync(path, 'utf8').split('\n').length, 4);
  });
  test('says in words what is wrong with the disk', () => {
    assert.throws(() => openEventWriter(join(folder, 'nowhere', 'events.jsonl')), { name: 'UserError' });
    assert.throws(() => openEventWriter(folder), { name: 'UserError' });
  });
  test('a full disk is one clear sentence', { skip: process.platform !== 'linux' }, () => {
    const writer = openEventWriter('/dev/full');
    assert.throws(() => writer.append(metrics(1)), /disk is full/);
    writer.close();
  });
});

describe('tailEvents', () => {
  test('delivers what is there, says so, then follows', async () => {
    const path = newFile();
    writeFileSync(path, `${eventLine(metrics(1))}\n${eventLine(metrics(2))}\n`);
    const abort = new AbortController();
    const seen: number[] = [];
    let caughtUp = 0;
    const tail = tailEvents(path, (events) => void seen.push(...steps(events)), abort.signal, { pollMs: 5, onCaughtUp: () => (caughtUp = seen.length) });
    await until(() => caughtUp === 2);
    appendFileSync(path, eventLine(metrics(3)).slice(0, 25));
    await sleep(30);
    assert.deepEqual(seen, [1, 2]);
    appendFileSync(path, `${eventLine(metrics(3)).slice(25)}\n`);
    await until(() => seen.length === 3);
    abort.abort();
    await tail;
    assert.deepEqual(seen, [1, 2, 3]);
  });
  test('waits for a file that does not exist yet', async () => {
    const path = newFile();
    const seen: number[] = [];
    const tail = tailEvents(path, (events) => void seen.push(...steps(events)), undefined, { pollMs: 5, until: () => seen.length > 0 });
    await sleep(30);
    writeFileSync(path, `${eventLine(metrics(1))}\n`);
    await tail;
    assert.deepEqual(seen, [1]);
  });
  test('a shorter file and another file in its place are told and read again', async () => {
    const path = newFile();
    writeFileSync(path, `${eventLine(metrics(1))}\n${eventLine(metrics(2))}\n`);
    const abort = new AbortController();
    let seen: number[] = [];
    let resets = 0;
    const tail = tailEvents(path, (events) => void seen.push(...steps(events)), abort.signal, { pollMs: 5, onReset: () => (resets++, (seen = [])) });
    await until(() => seen.length === 2);
    truncateSync(path, 0);
    appendFileSync(path, `${eventLine(metrics(7))}\n`);
    await until(() => seen.length === 1 && seen[0] === 7);
    writeFileSync(path, [8, 9, 10, 11].map((s) => `${eventLine(metrics(s))}\n`).join('')); // longer than what was read, and different
    await until(() => seen.length === 4);
    rmSync(path);
    await until(() => seen.length === 0);
    assert.ok(resets >= 3);
    abort.abort();
    await tail;
  });
  test('an aborted signal ends it without an error, also before it began', async () => {
    await tailEvents(newFile(), () => assert.fail(), AbortSignal.abort());
    const abort = new AbortController();
    const tail = tailEvents(newFile(), () => assert.fail(), abort.signal, { pollMs: 60_000 });
    setTimeout(() => abort.abort(), 20);
    await tail;
  });
  test('tells about lines that it read past', async () => {
    const path = newFile();
    writeFileSync(path, `what?\n${eventLine(metrics(1))}\n{"type":"dance","time":"x"}\n`);
    let skipped = 0;
    await tailEvents(path, () => undefined, undefined, { until: () => true, onSkipped: (reader) => (skipped = reader.skipped) });
    assert.equal(skipped, 2);
  });
  test('cuts no character in two, whatever the slices', async () => {
    const path = newFile();
    const event: RunEvent = { type: 'sample', time: 't', step: 1, index: 0, prompt: 'é😀中'.repeat(50), completion: '' };
    writeFileSync(path, `${eventLine(event)}\n`);
    for (const sliceBytes of [1, 2, 3, 5, 64]) {
      const seen: RunEvent[] = [];
      await tailEvents(path, (events) => void seen.push(...events), undefined, { until: () => true, sliceBytes });
      assert.deepEqual(seen, [event]);
    }
  });
  test('a million lines: once through, never long on the thread', { timeout: 120_000 }, async () => {
    const path = newFile();
    const block = Array.from({ length: 10_000 }, (_, i) => `${eventLine(metrics(i))}\n`).join('');
    for (let i = 0; i < 100; i++) appendFileSync(path, block);
    let count = 0;
    let slices = 0;
    await tailEvents(path, (events) => {
      count += events.length;
      slices++;
    }, undefined, { until: () => true });
    assert.equal(count, 1_000_000);
    assert.ok(slices > 500, `${slices} slices`);
    const begun = process.cpuUsage();
    const last = await readLastEvents(path);
    const first = await readFirstEvents(path);
    assert.ok(process.cpuUsage(begun).user < 500_000);
    assert.equal(steps(last).at(-1), 9999);
    assert.equal(steps(first)[0], 0);
    rmSync(path);
  });
});

test('readLastEvents begins at a whole line and takes the last one without a newline', async () => {
  const path = newFile();
  writeFileSync(path, Array.from({ length: 100 }, (_, i) => eventLine(metrics(i))).join('\n'));
  const last = await readLastEvents(path, 500);
  assert.ok(last.length >= 2 && last.length < 10);
  assert.equal(steps(last).at(-1), 99);
  appendFileSync(path, `\n${eventLine({ type: 'sample', time: 't', step: 100, index: 0, prompt: 'x'.repeat(20_000), completion: '' })}\n`);
  assert.equal((await readLastEvents(path, 500)).at(-1)!.type, 'sample');
  assert.deepEqual(await readLastEvents(newFile()), []);
  assert.deepEqual(await readFirstEvents(newFile()), []);
});
