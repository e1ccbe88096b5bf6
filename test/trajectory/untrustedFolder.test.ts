/** A terminal opened in a folder that nobody vouches for: nothing that lies there is run. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder, trainerProgram } from '../trainerRun.ts';

test('backends are never taken from the current folder', async (t) => {
  const folder = await temporaryFolder(t);
  const [home, place, here] = [join(folder, 'home'), join(folder, 'program'), join(folder, 'here')];
  const packages = join(here, 'node_modules/@tensorflow');
  const [wasm, native] = [join(packages, 'tfjs-backend-wasm/wasm-out'), join(packages, 'tfjs-node-gpu')];
  for (const made of [home, place, wasm, join(native, 'dist'), join(native, 'lib/napi-v8')]) await mkdir(made, { recursive: true });
  // The program alone, without the files and packages that it finds beside it.
  const program = join(place, 'trainer.js');
  await copyFile(trainerProgram, program);
  const hostile = `require('fs').writeFileSync(${JSON.stringify(join(folder, 'was-run'))}, '');\n`;
  await writeFile(join(packages, 'tfjs-backend-wasm/package.json'), '{"name": "@tensorflow/tfjs-backend-wasm", "version": "4.22.0"}');
  await writeFile(join(wasm, 'tfjs-backend-wasm-threaded-simd.js'), `${hostile}// pthreadPoolSize=8 var numWorkersToLoad=PThread.unusedWorkers.length;\n`);
  await writeFile(join(wasm, 'tfjs-backend-wasm-threaded-simd.wasm'), '');
  await writeFile(join(native, 'package.json'), '{"name": "@tensorflow/tfjs-node-gpu", "version": "4.22.0"}');
  await writeFile(join(native, 'lib/napi-v8/tfjs_binding.node'), '');
  await writeFile(join(native, 'dist/nodejs_kernel_backend.js'), hostile);

  for (const setup of [undefined, '.']) {
    const env = { ...process.env, HOME: home, USERPROFILE: home, POSTTRAIN_HOME: setup, NODE_PATH: undefined };
    const reasonOf = async (backend: string) => (JSON.parse((await promisify(execFile)(process.execPath, [program, '--probe', backend], { cwd: here, env })).stdout) as { reason: string }).reason;
    assert.match(await reasonOf('wasm'), /^Its files are missing/);
    assert.match(await reasonOf('tensorflow'), setup === undefined ? /^It is not set up/ : /^POSTTRAIN_HOME is "\."/);
    await assert.rejects(stat(join(folder, 'was-run')), 'nothing of that folder was run');
  }

  await mkdir(join(home, '.posttrain/tensorflow'), { recursive: true });
  await writeFile(join(home, '.posttrain/tensorflow/tfjs_binding.node'), '');
  const { stdout } = await promisify(execFile)(process.execPath, [program, '--probe', 'tensorflow'], { cwd: here, env: { ...process.env, HOME: home, USERPROFILE: home, POSTTRAIN_HOME: undefined, NODE_PATH: undefined } });
  assert.match((JSON.parse(stdout) as { reason: string }).reason, /^Its set-up is only half there .*Repair it: `posttrain setup tensorflow --repair`/);
});
