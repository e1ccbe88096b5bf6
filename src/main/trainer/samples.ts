/** The prompts that a model answers while it trains, and its answers. */

import { UserError } from '../../core/problem.ts';
import type { Content, Example } from '../../dataset/example.ts';
import { formats } from '../../dataset/formats/index.ts';
import { LineIndex } from '../../dataset/lineIndex.ts';
import { isBlank, withoutCr } from '../../dataset/lineText.ts';
import { RecordStore } from '../../dataset/recordStore.ts';
import type { ModelConfig } from '../../model/config.ts';
import { generate } from '../../nn/generate.ts';
import type { Model } from '../../nn/model.ts';
import { openFileSource } from '../../node/fileSource.ts';
import type { TokenWorker } from '../../node/tokenWorker.ts';
import { formatOf } from './prepareRows.ts';

export interface SamplePrompts {
  prompts: { text: string; ids: number[] }[];
  maxNewTokens: number;
  temperature: number;
}

/** More would take longer than the training between them. */
const mostPrompts = 64;

export interface LoadOptions {
  worker: TokenWorker;
  config: Pick<ModelConfig, 'vocabSize' | 'maxPositions'>;
  warn: (code: string, message: string) => void;
  signal: AbortSignal;
}

/**
 * Reads `samples: {prompts, max_new_tokens, temperature}`. Plain prompts are continued as they are, turns go through the template. A prompt
 * that cannot be answered is told and left out: it must not end a run. Undefined when there is nothing to answer.
 */
export async function loadSamplePrompts(value: unknown, options: LoadOptions): Promise<SamplePrompts | undefined> {
  if (typeof value !== 'object' || value === null) return undefined;
  const { prompts: path, max_new_tokens = 64, temperature = 0 } = value as { prompts: string; max_new_tokens?: number; temperature?: number };
  const source = await openFileSource(path);
  try {
    const lines = new RecordStore(source, await new LineIndex(source.sizeBytes).build(source));
    const format = formats.get(await formatOf(lines, path));
    const prompts: SamplePrompts['prompts'] = [];
    // Twice as many, for those that are blank or cannot be answered.
    const texts = await lines.texts(0, mostPrompts * 2);
    let left = lines.rows > texts.length;
    for (const [i, line] of texts.entries()) {
      const text = withoutCr(line);
      if (isBlank(text)) continue;
      if (prompts.length >= mostPrompts) {
        left = true;
        break;
      }
      const prompt = await preparePrompt(text, format, options);
      if (typeof prompt === 'string') options.warn('bad-sample', `${path}:${i + 1}: this sample prompt is skipped: ${prompt}`);
      else prompts.push(prompt);
    }
    if (left && prompts.length > 0) options.warn('samples-cut', `${path} has ${lines.rows} lines; the first ${prompts.length} prompts of it are answered and the rest is left out, because more than ${mostPrompts} would take longer than the training between them.`);
    if (prompts.length === 0) {
      options.warn('bad-sample', `${path} has no prompt that can be answered, so this run takes no samples.`);
      return undefined;
    }
    return { prompts, maxNewTokens: max_new_tokens, temperature };
  } finally {
    await source.close();
  }
}

/** The prompt of a row, or in words why it cannot be answered. */
async function preparePrompt(line: string, format: Format, { worker, config, signal }: LoadOptions): Promise<SamplePrompts['prompts'][number] | string> {
  const example = exampleOf(line, format);
  if (!example) return `it is not a row of the format "${format.id}".`;
  const prompt = promptOf(example);
  try {
    const text = typeof prompt === 'string' ? prompt : await worker.render(prompt, { addGenerationPrompt: true }, signal);
    // Plain text begins as in training, with the tokenizer's special tokens; a rendered conversation has its own.
    const ids = await worker.encode(text, { addSpecialTokens: typeof prompt === 'string' }, signal);
    if (ids.length === 0) return 'it has no tokens. Give it a text.';
    if (ids.length >= config.maxPositions) return `it has ${ids.length} tokens, and the model's context holds ${config.maxPositions}. Shorten it.`;
    const unknown = ids.find((id) => id >= config.vocabSize);
    if (unknown !== undefined) return `the tokenizer gives it token ${unknown}, and the model knows only ${config.vocabSize}. Take the tokenizer that belongs to the model.`;
    return { text, ids };
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

export interface SampleOptions {
  seed: number;
  attend: () => Promise<void>;
  /** What tensors may take beside those that are there. */
  freeBytes: number;
}

export async function sampleAnswers(model: Model, { prompts, maxNewTokens, temperature }: SamplePrompts, worker: TokenWorker, { seed, attend, freeBytes }: SampleOptions): Promise<{ index: number; prompt: string; completion: string }[]> {
  const ids = prompts.map((prompt) => prompt.ids);
  const completions = await generate(model, ids, { maxNewTokens, temperature, seed, attend, freeBytes });
  return Promise.all(completions.map(async ({ ids, finish }, index) => ({ index, prompt: prompts[index]!.text, completion: await worker.decode(finish === 'stop' ? ids.slice(0, -1) : ids) })));
}

type Format = (typeof formats)['entries'][number];

function exampleOf(text: string, format: Format): Example | undefined {
  try {
    return format.toExample(JSON.parse(text) as Record<string, unknown>).value;
  } catch {
    return undefined;
  }
}

/** What comes before the answer: the prompt, or the turns before the last one of the assistant. */
function promptOf(example: Example): Content {
  switch (example.kind) {
    case 'text':
      return example.text;
    case 'messages': {
      const last = example.messages.findLastIndex((message) => message.role === 'assistant');
      return last > 0 ? example.messages.slice(0, last) : example.messages;
    }
    case 'preference-implicit':
      return typeof example.chosen === 'string' ? example.chosen : example.chosen.slice(0, -1);
    default:
      return example.prompt;
  }
}
