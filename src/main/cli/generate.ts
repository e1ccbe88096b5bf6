/** `posttrain generate`: answers of a model, through the same serving trainer process that the window asks. */

import { join, resolve } from 'node:path';
import { isCancelled, orCancelled } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { didYouMean } from '../../core/text.ts';
import { backends } from '../../methods/shared.ts';
import { startServe } from '../../node/trainerProcess.ts';
import { connectPeer } from '../../protocol/rpc.ts';
import type { GeneratedText, TrainerClientContract, TrainerContract } from '../../protocol/trainer.ts';
import { UsageError, type CliArguments, type CliCommand } from './command.ts';
import { readPrompts, type Prompt } from './promptFile.ts';

/** Prompts per request: enough to fill a batch, few enough that the first answers come soon. */
const chunk = 16;

export const generate: CliCommand = {
  name: 'generate',
  summary: 'Let a model answer.',
  usage: 'generate --model DIR (--prompt TEXT or --file PROMPTS.jsonl) [options]',
  options: [
    { name: 'model', type: 'string', value: 'DIR', description: 'A model folder, a checkpoint or the "final" folder of a run.' },
    { name: 'prompt', type: 'string', value: 'TEXT', description: 'What to answer.' },
    { name: 'file', type: 'string', value: 'PROMPTS.jsonl', description: 'Rows with prompts: {"prompt": text or turns} or {"messages": turns}.' },
    { name: 'max_new_tokens', type: 'integer', value: 'N', description: 'Longest answer in tokens (default 256).' },
    { name: 'temperature', type: 'number', value: 'T', description: '0 (the default) always takes the likeliest token, 1 draws as the model says.' },
    { name: 'top_p', type: 'number', value: 'P', description: 'Draw only from the likeliest tokens that make up this share (default 1).' },
    { name: 'top_k', type: 'integer', value: 'K', description: 'Draw only from this many likeliest tokens (default 0: all).' },
    { name: 'seed', type: 'integer', value: 'S', description: 'Start of the random numbers (default 0). The same seed gives the same answers.' },
    { name: 'num_return_sequences', type: 'integer', value: 'N', description: 'Answers to each prompt (default 1).' },
    { name: 'backend', type: 'string', value: 'ID', description: `What computes: ${backends.join(', ')} (default auto, the fastest that works here).` },
    { name: 'raw', type: 'boolean', description: 'Go on from the text as it is, without the chat template.' },
    { name: 'json', type: 'boolean', description: 'One JSON object a line: {index, prompt, completion, ids, finish, seed}.' },
  ],
  positionals: { min: 0, max: 0 },
  async run(args, context) {
    const { model, prompt, file } = args.options;
    if (typeof model !== 'string') throw new UsageError('"posttrain generate" needs --model DIR.');
    if ((prompt === undefined) === (file === undefined)) throw new UsageError('"posttrain generate" needs either --prompt TEXT or --file PROMPTS.jsonl.');
    const { backend = 'auto' } = args.options as { backend?: string };
    if (!(backends as readonly string[]).includes(backend)) throw new UsageError(`There is no backend "${backend}".${didYouMean(backend, backends)}`);
    const settings = readSettings(args);
    const server = await startServe({ trainerPath: join(context.distDir, 'trainer.js'), backend, otherBackend: 'take `--backend wasm`', cwd: context.cwd, signal: context.signal });
    const live = context.stdout.live && typeof prompt === 'string' && settings.n === 1 && !args.options.json;
    let streamed = false;
    const peer = connectPeer<TrainerClientContract, TrainerContract>(server.port, {}, {
      token: ({ text }) => {
        if (!live) return;
        streamed = true;
        context.print(text);
      },
    }, 'cli');
    let gone = false;
    void server.exited.then(() => {
      gone = true;
      peer.dispose();
    });
    try {
      const loaded = await orCancelled(peer.request('load', { dir: resolve(context.cwd, model) }, context.signal), context.signal);
      const raw = args.options.raw === true;
      if (!raw && !loaded.hasChatTemplate) context.note(`${model} has no chat template: the prompt is taken as plain text (as with --raw).`);
      let index = 0;
      const answer = async (prompts: Prompt[]) => {
        const { completions } = await orCancelled(peer.request('generate', { model: loaded.model, prompts, raw, ...settings, ...(live ? { stream: 'answer' } : {}) }, context.signal), context.signal);
        for (const completion of completions) {
          if (args.options.json) context.printJson(jsonRow(completion, index + completion.index, prompts[completion.index]!));
          else if (!streamed) context.print(textOf(completion, completions.length > 1 || file !== undefined));
        }
        if (streamed) context.print('\n');
        index += prompts.length;
        await context.drain();
      };
      if (typeof prompt === 'string') await answer([prompt]);
      else {
        let waiting: Prompt[] = [];
        for await (const next of readPrompts(resolve(context.cwd, file as string), context.signal)) {
          waiting.push(next);
          if (waiting.length < chunk) continue;
          await answer(waiting);
          waiting = [];
        }
        if (waiting.length > 0) await answer(waiting);
      }
      return 0;
    } catch (error) {
      if (context.signal.aborted || isCancelled(error)) return 130;
      if (gone) throw new UserError(await server.endWords(), 'trainer-failed', { cause: error });
      // What the other side threw for a person to read is one line here too.
      if (error instanceof Error && (error as { code?: string }).code !== undefined) throw new UserError(error.message, (error as { code?: string }).code, { cause: error });
      throw error;
    } finally {
      peer.dispose();
      server.dispose();
    }
  },
};

function readSettings(args: CliArguments) {
  const number = (name: string, fallback: number, ok: (value: number) => boolean, rule: string): number => {
    const value = args.options[name] ?? fallback;
    if (typeof value !== 'number' || !ok(value)) throw new UsageError(`--${name} must be ${rule}, not ${String(value)}.`);
    return value;
  };
  return {
    max_new_tokens: number('max_new_tokens', 256, (v) => v >= 1, 'at least 1'),
    temperature: number('temperature', 0, (v) => v >= 0, 'at least 0'),
    top_p: number('top_p', 1, (v) => v > 0 && v <= 1, 'above 0 and at most 1'),
    top_k: number('top_k', 0, (v) => v >= 0, 'at least 0'),
    seed: number('seed', 0, (v) => v >= 0, 'at least 0'),
    n: number('num_return_sequences', 1, (v) => v >= 1, 'at least 1'),
  };
}

function jsonRow(text: GeneratedText, index: number, prompt: Prompt): Record<string, unknown> {
  const { completion, ids, finish, seed } = text;
  return { index, prompt, completion, ids, finish, seed, rendered: text.prompt };
}

function textOf(text: GeneratedText, several: boolean): string {
  return several ? `[${text.index}${text.sample > 0 ? `.${text.sample}` : ''}] ${text.completion}\n` : `${text.completion}\n`;
}
