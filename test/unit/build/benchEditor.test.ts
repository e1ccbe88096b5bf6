/** The page of the dataset editor's figures, and the rows that they are measured on. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { EditorTimes } from '../../../src/build/bench/editorJob.ts';
import { editorPage, editorTable } from '../../../src/build/bench/editorPage.ts';
import { writeEditorRows } from '../../../src/build/bench/editorRows.ts';
import { windowPage, windowTable } from '../../../src/build/bench/windowPage.ts';
import { frameWork, processOf, type TraceEvent } from '../../../src/build/bench/frameWork.ts';

const times = (megabytes: number): EditorTimes => ({
  sizeBytes: megabytes * 1048576, rows: megabytes * 1000, plainReadMs: megabytes, firstRowsMs: 25.4, indexMs: megabytes * 2, indexedMb: 12.3,
  anyRowMs: { median: 0.123, worst: 4.5 }, editMs: [{ row: 11, median: 0.04, worst: 1 }, { row: megabytes * 1000, median: 0.05, worst: 2 }],
  searches: [{ text: 'a|b', firstMs: NaN, totalMs: 12_345, rows: 0, peakMb: 99.9 }], saveMs: 2345, savePeakMb: 50, tools: [{ command: 'sed -n 9999{p;q}', ms: 7 }],
});

describe('the work for a frame', () => {
  const [pid, tid] = [7, 1];
  const event = (name: string, ts: number, dur?: number, thread = tid): TraceEvent => ({ name, ph: dur === undefined ? 'I' : 'X', ts: ts * 1000, ...(dur === undefined ? {} : { dur: dur * 1000 }), pid, tid: thread });
  const main: TraceEvent = { name: 'thread_name', ph: 'M', ts: 0, pid, tid, args: { name: 'CrRendererMain' } };

  test('is that of its own tasks, divided where one goes on into the next frame', () => {
    const begin = [0, 16, 32, 48].map((at) => event('BeginMainThreadFrame', at));
    const tasks = [event('RunTask', 1, 4), event('RunTask', 2, 1), event('RunTask', 20, 60), event('RunTask', 5, 90, 2)];
    const { frames, worstMs, longestTaskMs, longTasks, medianMs } = frameWork([main, ...begin, ...tasks], pid);
    assert.deepEqual({ frames, worstMs, longestTaskMs, longTasks, medianMs }, { frames: 3, worstMs: 16, longestTaskMs: 60, longTasks: 1, medianMs: 12 });
    const waiting = { ...event('RunTask', 1, 10), tdur: 2000 };
    assert.equal(frameWork([main, ...begin, waiting], pid).worstMs, 2, 'waiting for a processor is no work');
  });

  test('is asked of the process that shows the page', () => {
    const started = { ...event('TracingStartedInBrowser', 0), args: { data: { frames: [{ url: 'http://a/', processId: 3 }, { url: 'http://b/?extensionId=posttrain.posttrain', processId: 4 }] } } };
    const later = { ...event('FrameCommittedInBrowser', 1), args: { data: { url: 'http://c/webview', processId: 5 } } };
    assert.deepEqual([/extensionid=posttrain/i, /webview/, /nowhere/].map((address) => processOf([started, later], address)), [4, 5, undefined]);
  });
});

describe('the figures of the dataset editor', () => {
  const results = { sizes: { 100: { measuredAt: '', machine: 'A machine', load: 0.25, times: times(100) }, 10: { measuredAt: '', machine: 'A machine', load: 1, times: times(10) } }, note: 'A note.' };

  test('are a table with a column for each size, the smallest first', () => {
    const lines = editorTable(results).split('\n');
    assert.equal(lines[0], '| | 10 MB | 100 MB |');
    assert.ok(lines.includes('| all lines counted | 20 ms (500 MB/s) | 200 ms (500 MB/s) |'));
    assert.ok(lines.includes('| any row: median, slowest of 300 | 0.12 ms, 4.5 ms | 0.12 ms, 4.5 ms |'));
    assert.ok(lines.includes('| search `a\\|b`: first row, all, most memory | –, 12 s, 100 MB | –, 12 s, 100 MB |'));
    assert.ok(lines.includes('| `sed -n N{p;q}` | 7.0 ms | 7.0 ms |'));
  });

  test('stand on a page with the machine, its load and the note', () => {
    assert.match(editorPage(results), /A machine; other work on the machine: load 1\.0, 0\.3\. A note\./);
  });

  test('of the window are a table for each size, and the page says how they were measured', () => {
    const page = { frames: 1234, medianMs: 1.25, p95Ms: 7.5, worstMs: 20, longestTaskMs: 18, longTasks: 0 };
    const times = [{ what: 'scrolling', page, host: { p95Ms: 0.5, worstMs: 12 } }];
    assert.ok(windowTable(times).includes('| scrolling | 1,234 | 1.3 ms, 7.5 ms, 20 ms | 18 ms | 0 | 0.50 ms, 12 ms |'));
    const circumstances = { measuredAt: '', machine: 'M', load: 2 };
    assert.match(windowPage({ 1000: { ...circumstances, times }, 100: { ...circumstances, times: [] } }), /100 MB \(M; load 2\.0\):[\s\S]*1,000 MB \(M; load 2\.0\):\n\n\|/);
  });

  test('are measured on rows that are the same every time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'posttrain-rows-'));
    try {
      for (const name of ['a', 'b']) await writeEditorRows(join(folder, name), 800_000);
      const [a, b] = [readFileSync(join(folder, 'a'), 'utf8'), readFileSync(join(folder, 'b'), 'utf8')];
      assert.ok(a === b);
      assert.ok(a.length >= 800_000 && a.split('\n').slice(0, -1).every((line) => (JSON.parse(line) as { prompt: string }).prompt.length > 50));
      assert.ok(a.includes('zebra'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
