/** Serve mode: loads models and answers generate and log-probability requests over stdin and stdout, one computation at a time. */

import { resolve } from 'node:path';
import type { Backend, ChosenBackend } from '../../backend/index.ts';
import { orCancelled, throwIfAborted } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { shownValue } from '../../core/text.ts';
import { parameterCount } from '../../model/shapes.ts';
import { generate, logprobs } from '../../nn/generate.ts';
import type { Model } from '../../nn/model.ts';
import { ndjsonPort } from '../../node/portNdjson.ts';
import { loadTokenizerFiles } from '../../node/tokenizerFiles.ts';
import { startTokenWorker, type TokenWorker } from '../../node/tokenWorker.ts';
import { connectPeer, type Peer, type Port } from '../../protocol/rpc.ts';
import type { GenerateParams, GeneratedText, LoadedModel, LogprobsParams, RowLogprobs, ServePrompt, TrainerClientContract, TrainerContract } from '../../protocol/trainer.ts';
import { openFitting, openRunBackend } from './openBackend.ts';
import { openServedModel } from './openModel.ts';
import { createTokenStream } from './tokenStream.ts';
import { programVersions } from './versions.ts';

/** A model that nobody asked for this long gives its memory back. */
const idleMs = 10 * 60_000;

interface Served {
  loaded: LoadedModel;
  dir: string;
  base: string | undefined;
  model: Model;
  worker: TokenWorker;
  backend: Backend;
  usedAt: number;
}

/** Runs until the client closes its end, asks for `shutdown`, or a signal comes. */
export function serve(stop: AbortSignal, backendName: string): Promise<number> {
  return new Promise((done) => {
    // Whatever a library prints must not end up between the messages.
    const output = process.stdout;
    console.log = console.info = console.debug = (...words: unknown[]) => console.error(...words);
    const end = () => {
      server.dispose();
      done(0);
    };
    const port = ndjsonPort(process.stdin, output, { onClosed: end });
    const warn = (message: string) => console.error(message);
    const server = createServer(port, async (requireFit, before) => openFitting(before ?? (await openRunBackend(backendName, warn)), backendName, warn, requireFit), end);
    stop.addEventListener('abort', end, { once: true });
  });
}

export interface Server {
  dispose(): void;
}

/** Opens a backend that passes `requireFit`, or keeps the one of before where that does. */
export type OpenServing = (requireFit: (backend: Backend) => void, before: ChosenBackend | undefined) => Promise<ChosenBackend>;

/** The server over any port. `open` is called for each model that is the only one. */
export function createServer(port: Port, open: OpenServing, shutdown: () => void): Server {
  const models = new Map<string, Served>();
  let chosen: Promise<ChosenBackend | undefined> = Promise.resolve(undefined);
  // tfjs' scopes are global: two computations at once would dispose each other's tensors.
  let queue: Promise<unknown> = Promise.resolve();
  // Who cancels is answered at once; the computation ends at its next look at the signal, and only then the next one begins.
  const exclusive = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(() => {
      throwIfAborted(signal);
      return work();
    });
    queue = turn.catch(() => undefined).then(dropBroken);
    return orCancelled(turn, signal);
  };

  const unload = (id: string) => {
    const served = models.get(id);
    if (!served) return;
    models.delete(id);
    served.worker.dispose();
    served.model.dispose();
  };
  /** Where other models are, a new one goes too; else it may go to another backend. */
  const backendFor = async (requireFit: (backend: Backend) => void): Promise<Backend> => {
    const before = await chosen;
    if (models.size > 0) {
      requireFit(before!.backend);
      return before!.backend;
    }
    const opening = open(requireFit, before);
    chosen = opening.catch(() => undefined); // the next request tries again
    return (await opening).backend;
  };
  /** A GPU that is lost, or had no memory left, is given up with all that it holds: the next request opens it anew. */
  const dropBroken = async () => {
    const backend = (await chosen)?.backend;
    if (!backend?.broken?.()) return;
    for (const id of [...models.keys()]) {
      unload(id);
      peer.emit('unloaded', { model: id, reason: 'broken' });
    }
    chosen = Promise.resolve(undefined);
    await backend.dispose();
  };
  const load = async (dir: string, base: string | undefined, signal: AbortSignal): Promise<Served> => {
    const id = base === undefined ? resolve(dir) : `${resolve(dir)} on ${resolve(base)}`;
    const there = models.get(id);
    if (there) return there;
    const { model, tokenizerDir, backend } = await openServedModel(resolve(dir), base && resolve(base), (requireFit) => orCancelled(backendFor(requireFit), signal), signal);
    let worker: TokenWorker | undefined;
    try {
      const files = await loadTokenizerFiles(tokenizerDir);
      worker = startTokenWorker(files);
      const loaded: LoadedModel = { model: id, parameters: parameterCount(model.config), backend: backend.name, device: backend.device, hasChatTemplate: (await worker.info(signal)).chatTemplate !== null, maxPositions: model.config.maxPositions };
      const served = { loaded, dir, base, model, worker, backend, usedAt: Date.now() };
      models.set(id, served);
      return served;
    } catch (error) {
      worker?.dispose();
      model.dispose();
      throw error;
    }
  };
  const find = (id: string): Served => {
    const served = models.get(id);
    if (!served) throw new UserError(`No model "${id}" is loaded. Load it first.`, 'not-loaded');
    served.usedAt = Date.now();
    return served;
  };
  const timer = setInterval(() => {
    const isIdle = (id: string) => Date.now() - (models.get(id)?.usedAt ?? Infinity) >= idleMs;
    for (const id of models.keys()) {
      if (!isIdle(id)) continue;
      void exclusive(new AbortController().signal, async () => {
        // Asked again: it may have been used while this waited for its turn.
        if (!isIdle(id)) return;
        unload(id);
        peer.emit('unloaded', { model: id, reason: 'idle' });
      });
    }
  }, 30_000);
  timer.unref();

  const peer: Peer<TrainerContract, TrainerClientContract> = connectPeer<TrainerContract, TrainerClientContract>(
    port,
    {
      load: ({ dir, base }, signal) => exclusive(signal, async () => (await load(dir, base, signal)).loaded),
      generate: (params, signal) => exclusive(signal, () => answer(find(params.model), params, peer, signal)),
      logprobs: (params, signal) => exclusive(signal, () => score(find(params.model), params, signal)),
      unload: ({ model }, signal) => exclusive(signal, async () => (unload(model), null)),
      models: () => [...models.values()].map(({ loaded }) => loaded),
      shutdown: () => (setImmediate(shutdown), null),
    },
    {},
    programVersions().posttrain,
  );

  return {
    dispose() {
      clearInterval(timer);
      peer.dispose();
      for (const id of [...models.keys()]) unload(id);
    },
  };
}

async function answer(served: Served, params: GenerateParams, peer: Peer<TrainerContract, TrainerClientContract>, signal: AbortSignal): Promise<{ completions: GeneratedText[] }> {
  const { model, worker, backend } = served;
  const { max_new_tokens = 256, temperature = 0, top_p = 1, top_k = 0, seed = 0, n = 1, stream } = params;
  const texts: string[] = [];
  for (const prompt of params.prompts) texts.push(await promptText(prompt, served, params.raw === true, signal));
  const ids: number[][] = [];
  for (const [i, text] of texts.entries()) {
    ids.push(await worker.encode(text, { addSpecialTokens: params.raw === true || !served.loaded.hasChatTemplate }, signal));
    requireRoom(params.prompts[i]!, ids[i]!.length, model.config.maxPositions);
  }
  // Completion k of prompt i is row i * n + k, so that its random stream does not depend on the other prompts' answers.
  const rows = ids.flatMap((row) => Array.from({ length: n }, () => row));
  const tokens = stream === undefined ? undefined : createTokenStream(worker, rows.length, (row, text, done) => peer.emit('token', { stream, index: Math.floor(row / n), sample: row % n, text, done }));
  const freeBytes = backend.memoryLimitBytes() - backend.memoryBytes();
  const completions = await generate(model, rows, { freeBytes, maxNewTokens: max_new_tokens, temperature, topP: top_p, topK: top_k, seed, signal, onToken: tokens && ((row, id) => tokens.add(row, id)) });
  served.usedAt = Date.now();
  const result: GeneratedText[] = [];
  for (const [row, { ids: generated, finish }] of completions.entries()) {
    const shown = finish === 'stop' ? generated.slice(0, -1) : generated;
    const index = Math.floor(row / n);
    result.push({ index, sample: row % n, prompt: texts[index]!, completion: await worker.decode(shown, {}, signal), ids: generated, finish, seed });
  }
  await tokens?.end(completions.map(({ finish }) => finish));
  return { completions: result };
}

/** Whoever asks counts prompts in another way than a batch does, so the prompt itself is shown. */
function requireRoom(prompt: ServePrompt, tokens: number, context: number): void {
  const shown = shownValue(typeof prompt === 'string' ? prompt : prompt.at(-1)?.content);
  if (tokens === 0) throw new UserError(`The prompt ${shown} has no tokens: a model needs at least one to start from.`, 'empty-prompt');
  if (tokens >= context) throw new UserError(`The prompt ${shown} has ${tokens} tokens, and the model's context holds ${context}: shorten it.`, 'prompt-too-long');
}

async function score(served: Served, { rows }: LogprobsParams, signal: AbortSignal): Promise<{ rows: RowLogprobs[] }> {
  const { model, worker, backend } = served;
  const sequences: number[][] = [];
  const starts: number[] = [];
  for (const { prompt, completion, raw } of rows) {
    const prefix = await worker.encode(await promptText(prompt, served, raw === true, signal), { addSpecialTokens: raw === true || !served.loaded.hasChatTemplate }, signal);
    sequences.push([...prefix, ...(await worker.encode(completion, {}, signal))]);
    starts.push(prefix.length);
  }
  const values = await logprobs(model, sequences, { signal, freeBytes: backend.memoryLimitBytes() - backend.memoryBytes() });
  served.usedAt = Date.now();
  const scored: RowLogprobs[] = [];
  for (const [i, ids] of sequences.entries()) {
    const completion = ids.slice(starts[i]);
    // The very first token of a sequence has nothing before it and no probability.
    const list = values[i]!.slice(starts[i]).map((value) => value ?? 0);
    scored.push({ ids: completion, tokens: await Promise.all(completion.map((id) => worker.decode([id], {}, signal))), logprobs: list, sum: list.reduce((a, b) => a + b, 0) });
  }
  return { rows: scored };
}

/** A text is one user turn where the model has a template, unless it is to be taken as it is. */
async function promptText(prompt: ServePrompt, served: Served, raw: boolean, signal: AbortSignal): Promise<string> {
  if (typeof prompt === 'string') {
    if (raw || !served.loaded.hasChatTemplate) return prompt;
    return served.worker.render([{ role: 'user', content: prompt }], { addGenerationPrompt: true }, signal);
  }
  if (!served.loaded.hasChatTemplate) throw new UserError(`${served.dir} has no chat template, so it cannot answer turns. Send plain text.`, 'no-chat-template');
  return served.worker.render(prompt, { addGenerationPrompt: true }, signal);
}
