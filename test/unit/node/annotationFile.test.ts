/** The sidecar on disk: appended to by several writers, never rewritten, read on from where it was read to. */

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, linkSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { annotationFile, moveSidecar } from '../../../src/node/annotationFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'posttrain-annotations-'));
after(() => rmSync(folder, { recursive: true }));
let count = 0;
const sidecar = () => join(folder, `${count++}.jsonl.annotations.jsonl`);

describe('the sidecar', () => {
  test('is not there until something is said', async () => {
    const file = annotationFile(sidecar());
    assert.deepEqual(await file.read(), { anew: false, lines: [] });
    assert.equal(existsSync(file.path), false);
    await file.append('{"a":1}\n');
    assert.equal(readFileSync(file.path, 'utf8'), '{"a":1}\n');
    assert.deepEqual(await file.read(), { anew: false, lines: ['{"a":1}'] });
    assert.deepEqual(await file.read(), { anew: false, lines: [] });
  });

  test('goes with its dataset to a name that is free, and to no other', async () => {
    const [from, to, taken] = [sidecar(), sidecar(), sidecar()];
    writeFileSync(from, 'said\n');
    writeFileSync(taken, 'said there\n');
    assert.equal(await moveSidecar(from, taken), 'taken');
    assert.deepEqual([readFileSync(from, 'utf8'), readFileSync(taken, 'utf8')], ['said\n', 'said there\n']);
    assert.equal(await moveSidecar(from, to), 'moved');
    assert.deepEqual([existsSync(from), readFileSync(to, 'utf8')], [false, 'said\n']);
    assert.equal(await moveSidecar(from, to), 'missing');
    linkSync(to, from); // two names of one file, as where capitals do not count
    assert.equal(await moveSidecar(from, to), 'moved');
    assert.equal(readFileSync(to, 'utf8'), 'said\n');
  });

  test('keeps lines that are none of ours to the byte, and closes a torn one', async () => {
    const path = sidecar();
    const before = Buffer.concat([Buffer.from('\ufeffnot JSON\r\n\n'), Buffer.from([0xff, 0x00, 10]), Buffer.from('{"torn')]);
    writeFileSync(path, before);
    const file = annotationFile(path);
    await file.append('{"a":1}\n');
    assert.deepEqual(readFileSync(file.path), Buffer.concat([before, Buffer.from('\n{"a":1}\n')]));
    const { lines } = await file.read();
    assert.equal(lines.at(-1), '{"a":1}');
    assert.equal(lines.at(-2), '{"torn');
  });

  test('loses nothing when several write at the same time, and each reads what the others wrote', async () => {
    const path = sidecar();
    const windows = [1, 2, 3].map(() => annotationFile(path));
    const seen = windows.map(() => new Set<string>());
    await Promise.all(
      windows.map(async (file, w) => {
        for (let i = 0; i < 40; i++) {
          await file.append(`{"w":${w},"i":${i}}\n`);
          for (const line of (await file.read()).lines) seen[w]!.add(line);
        }
      }),
    );
    for (const [w, file] of windows.entries()) for (const line of (await file.read()).lines) seen[w]!.add(line);
    const all = readFileSync(windows[0]!.path, 'utf8').split('\n').filter((line) => line !== '');
    assert.equal(all.length, 120);
    for (const lines of seen) assert.deepEqual([...lines].sort(), [...all].sort());
  });

  test('a last line without a newline is read, and read whole once there is more of it', async () => {
    const file = annotationFile(sidecar());
    writeFileSync(file.path, '{"a":1}\n{"b"');
    assert.deepEqual((await file.read()).lines, ['{"a":1}', '{"b"']);
    appendFileSync(file.path, ':2}\n');
    assert.deepEqual(await file.read(), { anew: false, lines: ['{"b":2}'] });
  });

  test('another file in its place is read from its beginning', async () => {
    const file = annotationFile(sidecar());
    writeFileSync(file.path, '{"a":1}\n{"a":2}\n');
    await file.read();
    writeFileSync(`${file.path}.new`, '{"b":1}\n{"b":2}\n{"b":3}\n');
    renameSync(`${file.path}.new`, file.path);
    assert.deepEqual(await file.read(), { anew: true, lines: ['{"b":1}', '{"b":2}', '{"b":3}'] });
    writeFileSync(file.path, '{"c":1}\n{"c":2}\n{"c":3}\n{"c":4}\n'); // in the same place, longer
    assert.deepEqual((await file.read()).lines.length, 4);
    rmSync(file.path);
    assert.deepEqual(await file.read(), { anew: true, lines: [] });
  });
});
