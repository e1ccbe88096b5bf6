/** Tests of one backend in a process of its own: tfjs has one engine a process, and native libraries read their environment when they are loaded. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { backends, openBackend, type Backend, type BackendId } from '../src/backend/index.ts';

/** A processor that plays a GPU, slow and everywhere the same: SwiftShader, which Debian's chromium brings. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** What a process needs in which the backend is opened; POSTTRAIN_WEBGPU=hardware tests the machine's own GPU. */
export function backendEnvironment(id: BackendId): Record<string, string> {
  if (id !== 'webgpu' || process.env.POSTTRAIN_WEBGPU === 'hardware') return {};
  return { POSTTRAIN_WEBGPU: 'software', VK_ICD_FILENAMES: swiftShader, LD_LIBRARY_PATH: '/usr/lib/chromium' };
}

/** Why a test of the backend is left out here: the command that brings it. Continuous integration must have all. */
export function missingBackend(id: BackendId): string | undefined {
  if (backends.get(id).unusable({})) return `posttrain setup ${id}`;
  if (id === 'webgpu' && process.env.POSTTRAIN_WEBGPU !== 'hardware' && !existsSync(swiftShader)) return 'apt-get install chromium, which brings a software GPU (or POSTTRAIN_WEBGPU=hardware)';
  return undefined;
}

/** Runs `work` of this test file (see `answerAsked`) with the backend open, in a process of its own. */
export async function inProcessOf<T>(file: string, id: BackendId, work: string): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'posttrain-backend-'));
  try {
    const result = join(folder, 'result');
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...env, ...backendEnvironment(id), POSTTRAIN_TEST_WORK: JSON.stringify({ id, work, result }) } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise<number | null>((done) => child.once('close', done));
    assert.equal(code, 0, `${work} on ${id}:\n${output}`);
    return deserialize(await readFile(result)) as T;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether this process was started by `inProcessOf`: then it does what was asked, and the file declares no tests. */
export function answerAsked(works: Readonly<Record<string, (backend: Backend) => Promise<unknown>>>): boolean {
  const asked = process.env.POSTTRAIN_TEST_WORK;
  if (!asked) return false;
  const { id, work, result } = JSON.parse(asked) as { id: BackendId; work: string; result: string };
  // It ends with the test that asked, also where that ran out of time.
  process.stdin.on('end', () => process.exit(1)).resume();
  void (async () => {
    const backend = await openBackend(id, { threads: 2 });
    await writeFile(result, serialize(await works[work]!(backend)));
    process.exit(0);
  })().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
  return true;
}
