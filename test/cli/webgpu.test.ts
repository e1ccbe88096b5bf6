/** Training and answering on the WebGPU backend with the programs a person runs, compared with the WebAssembly backend. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { backendEnvironment, missingBackend } from '../backendProcess.ts';
import { evaluationsOf, metricsOf, newRun, readTensors, temporaryFolder, train } from '../trainerRun.ts';

const parity = resolve('test/parity');
const cli = resolve('dist/cli.js');

test('a run on webgpu is the run on wasm, and its model answers the same', { skip: missingBackend('webgpu') }, async (t) => {
  const spec = {
    method: 'sft', model_name_or_path: join(parity, 'models/tied'), dataset: join(parity, 'data/chat.jsonl'), eval_dataset: join(parity, 'data/chat_eval.jsonl'), eval_strategy: 'steps', eval_steps: 3,
    per_device_train_batch_size: 2, max_steps: 3, logging_steps: 1, save_steps: 3, learning_rate: 1e-3, use_peft: true, lora_r: 4, lora_dropout: 0.1, seed: 3,
  };
  const runs: Record<string, { dir: string; losses: number[]; evaluation: number; answer: string; adapter: Map<string, Float32Array> }> = {};
  for (const backend of ['wasm', 'webgpu'] as const) {
    const folder = await temporaryFolder(t);
    const env = backendEnvironment(backend);
    const dir = await newRun(folder, { ...spec, backend });
    const { code, stderr, events } = await train(dir, { env });
    assert.equal(code, 0, stderr);
    assert.ok(events.some((event) => event.type === 'started' && event.backend === backend), 'it ran on the backend that was asked for');
    const { stdout } = await promisify(execFile)(process.execPath, [cli, 'generate', '--model', join(dir, 'final'), '--prompt', 'What is the capital?', '--max_new_tokens', '8', '--backend', backend, '--json'], { env: { ...process.env, ...env } });
    runs[backend] = {
      dir, answer: stdout,
      losses: metricsOf(events).map(({ metrics }) => metrics.loss as number),
      evaluation: evaluationsOf(events)[0]!.metrics.eval_loss as number,
      adapter: await readTensors(join(dir, 'final/adapter_model.safetensors')),
    };
  }
  const [wasm, webgpu] = [runs.wasm!, runs.webgpu!];
  webgpu.losses.forEach((loss, i) => assert.ok(Math.abs(loss - wasm.losses[i]!) < 1e-4, `step ${i + 1}: ${loss} and ${wasm.losses[i]}`));
  assert.ok(Math.abs(webgpu.evaluation - wasm.evaluation) < 1e-4);
  for (const [name, values] of wasm.adapter) values.forEach((value, i) => assert.ok(Math.abs(value - webgpu.adapter.get(name)![i]!) < 1e-4, `${name}[${i}]`));
  assert.equal(webgpu.answer, wasm.answer);
  assert.match(await readFile(join(webgpu.dir, 'run.json'), 'utf8'), /"device": ?"WebGPU, /);
});
