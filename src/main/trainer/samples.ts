/** The prompts that a model answers while it trains, and its answers. */

import { UserError } from '../../core/problem.ts';
import type { Content, Example } from '../../dataset/example.ts';
import { formats } from '../../dataset/formats/index.ts';
import { LineIndex } from '../../dataset/lineIndex.ts';
import { isBlank, withoutCr } from '../../dataset/lineText.ts';
import { RecordStore } from '../../dataset/recordStore.ts';
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

/** Reads `samples: {prompts, max_new_tokens, temperature}`. Plain prompts are continued as they are, turns go through the template. */
export async function loadSamplePrompts(value: unknown, worker: TokenWorker): Promise<SamplePrompts | undefined> {
  if (typeof value !== 'object' || value === null) return undefined;
  const { prompts: path, max_new_tokens = 64, temperature = 0 } = value as { prompts: string; max_new_tokens?: number; temperature?: number };
  const source = await openFileSource(path);
  try {
    const lines = new RecordStore(source, await new LineIndex(source.sizeBytes).build(source));
    const format = formats.get(await formatOf(lines, path));
    const prompts: SamplePrompts['prompts'] = [];
    const texts = await lines.texts(0, mostPrompts * 2);
    for (const [i, line] of texts.entries()) {
      const text = withoutCr(line);
      if (isBlank(text) || prompts.length >= mostPrompts) continue;
      const example = exampleOf(text, format);
      if (!example) throw new UserError(`${path}, line ${i + 1}: not a row of the format "${format.id}", so there is no prompt to answer.`, 'bad-sample');
      const prompt = promptOf(example);
      const shown = await promptText(prompt, worker);
      // Plain text begins as in training, with the tokenizer's special tokens; a rendered conversation has its own.
      prompts.push({ text: shown, ids: await worker.encode(shown, { addSpecialTokens: typeof prompt === 'string' }) });
    }
    if (prompts.length === 0) throw new UserError(`${path} has no prompt.`, 'bad-sample');
    return { prompts, maxNewTokens: max_new_tokens, temperature };
  } finally {
    await source.close();
  }
}

export async function sampleAnswers(model: Model, { prompts, maxNewTokens, temperature }: SamplePrompts, worker: TokenWorker, seed: number): Promise<{ index: number; prompt: string; completion: string }[]> {
  const completions = await generate(model, prompts.map(({ ids }) => ids), { maxNewTokens, temperature, seed });
  return Promise.all(completions.map(async ({ ids, finish }, index) => ({ index, prompt: prompts[index]!.text, completion: await worker.decode(finish === 'stop' ? ids.slice(0, -1) : ids) })));
}

function exampleOf(text: string, format: (typeof formats)['entries'][number]): Example | undefined {
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

export function promptText(prompt: Content, worker: TokenWorker): Promise<string> {
  return typeof prompt === 'string' ? Promise.resolve(prompt) : worker.render(prompt, { addGenerationPrompt: true });
}
