/** The lock of a run directory: one holder, taken over when its holder is gone, never by a process id alone. */

import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../../src/core/abort.ts';
import { isAlive, ownIdentity, processSpace, startFromProcStat } from '../../../src/node/processIdentity.ts';
import { heartbeatTimeoutMs, parseLock, type LockRecord } from '../../../src/node/lock.ts';
import { acquireLock, inspectLock } from '../../../src/node/runLock.ts';

const folders: string[] = [];
const newRun = () => {
  const dir = mkdtempSync(join(tmpdir(), 'posttrain-lock-'));
  folders.push(dir);
  return dir;
};
after(() => folders.forEach((dir) => rmSync(dir, { recursive: true, force: true })));

const write = (dir: string, record: Partial<LockRecord>) =>
  writeFileSync(join(dir, 'lock'), JSON.stringify({ host: hostname(), pid: process.pid, processStart: null, space: processSpace(), token: 'other', heartbeat: Date.now(), ...record }));
const longAgo = Date.now() - 2 * heartbeatTimeoutMs;

describe('acquireLock', () => {
  test('is held until released, and then free', async () => {
    const dir = newRun();
    assert.equal((await inspectLock(dir)).state, 'free');
    const lock = await acquireLock(dir);
    assert.equal((await inspectLock(dir)).state, 'held');
    assert.ok(lock.stillOurs());
    await assert.rejects(acquireLock(dir), (error: Error) => error.name === 'UserError' && error.message.includes(String(process.pid)) && error.message.includes('stop'));
    lock.release();
    assert.equal((await inspectLock(dir)).state, 'free');
    (await acquireLock(dir)).release();
  });
  test('of twenty at once exactly one gets it, fresh or stale', async () => {
    for (const stale of [false, true]) {
      const dir = newRun();
      if (stale) write(dir, { pid: 2 ** 22 + 12345 });
      const results = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(dir)));
      const won = results.filter((r) => r.status === 'fulfilled');
      assert.equal(won.length, 1, stale ? 'stale' : 'fresh');
      won[0]!.value.release();
      assert.ok(!existsSync(join(dir, 'lock')) && !existsSync(join(dir, 'lock.takeover')));
    }
  });
  test('a process whose id lives on as another one is gone', { skip: process.platform !== 'linux' }, async () => {
    const dir = newRun();
    write(dir, { processStart: 'another time' });
    assert.equal((await inspectLock(dir)).state, 'stale');
    (await acquireLock(dir)).release();
  });
  test('where asking means to start a program, only a silent holder is asked about', async () => {
    const dir = newRun();
    let asked = 0;
    const table = { costly: true, start: () => Promise.resolve(`time ${++asked}`) };
    write(dir, { processStart: 'time 1' });
    assert.equal((await inspectLock(dir, table)).state, 'held');
    write(dir, { processStart: 'time 1', pid: 2 ** 22 + 12345 });
    assert.equal((await inspectLock(dir, table)).state, 'stale');
    assert.equal(asked, 0);
    write(dir, { processStart: 'time 1', heartbeat: longAgo });
    assert.equal((await inspectLock(dir, table)).state, 'held', 'suspended for long');
    assert.equal((await inspectLock(dir, table)).state, 'stale', 'another process with its id');
    assert.equal(asked, 2);
  });
  test('on another host or in another container only the heartbeat speaks', async () => {
    for (const elsewhere of [{ host: 'elsewhere' }, { space: 'another boot' }]) {
      const dir = newRun();
      write(dir, { ...elsewhere, pid: 2 ** 22 + 1 });
      assert.equal((await inspectLock(dir)).state, 'held');
      await assert.rejects(acquireLock(dir), { name: 'UserError' });
      write(dir, { ...elsewhere, pid: process.pid, heartbeat: longAgo });
      assert.equal((await inspectLock(dir)).state, 'stale');
    }
  });
  test('a lock that cannot be read is held while it is young', async () => {
    const dir = newRun();
    const path = join(dir, 'lock');
    for (const text of ['', '{', '[]', '{"pid": "x"}', 'null']) {
      writeFileSync(path, text);
      assert.equal((await inspectLock(dir)).state, 'held', text);
      utimesSync(path, longAgo / 1000, longAgo / 1000);
      assert.equal((await inspectLock(dir)).state, 'stale', text);
    }
    (await acquireLock(dir)).release();
  });
  test('the heart beats while the thread is busy', async () => {
    const dir = newRun();
    const lock = await acquireLock(dir, { heartbeatMs: 50 });
    await sleep(500); // the heartbeat's thread starts
    const before = parseLock(readFileSync(join(dir, 'lock'), 'utf8'))!.heartbeat;
    const begun = Date.now();
    while (Date.now() - begun < 400) Math.sqrt(begun);
    const after = parseLock(readFileSync(join(dir, 'lock'), 'utf8'))!.heartbeat;
    lock.release();
    assert.ok(after > before);
  });
  test('who lost the directory does not take the lock of the next one away', async () => {
    const dir = newRun();
    const lock = await acquireLock(dir);
    write(dir, { token: 'the next' });
    assert.equal(lock.stillOurs(), false);
    lock.release();
    assert.equal(parseLock(readFileSync(join(dir, 'lock'), 'utf8'))!.token, 'the next');
  });
  test('a folder that is not there', async () => {
    await assert.rejects(acquireLock(join(newRun(), 'nowhere')), { name: 'UserError' });
    assert.equal((await inspectLock(join(newRun(), 'nowhere'))).state, 'free');
  });
});

describe('processes', () => {
  test('this one lives and keeps its identity', async () => {
    const own = await ownIdentity();
    assert.equal(own.pid, process.pid);
    assert.notEqual(await isAlive(own), false);
    assert.equal(await isAlive({ ...own, pid: 2 ** 22 + 999 }), false);
    assert.equal(await isAlive({ ...own, host: 'elsewhere' }), undefined);
    assert.equal(await isAlive({ ...own, processStart: null }), undefined);
  });
  test('start time in /proc, whatever the process is called', () => {
    const fields = (name: string) => `42 (${name}) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 111 222`;
    for (const name of ['node', 'a b', 'x) S 1 2 3', '((']) assert.equal(startFromProcStat(fields(name)), '987654');
    assert.equal(startFromProcStat(''), undefined);
    assert.equal(startFromProcStat(fields('node').replace(' S ', ' Z ')), 'ended');
  });
});
