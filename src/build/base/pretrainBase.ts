/**
 * `npm run pretrain-base -- [--seed N] [--documents N] [--backend B] [--work DIR] [--out DIR]`: makes the tiny base model from nothing
 * but this folder: corpus, tokenizer, initial weights, one epoch of `pretrain` with the ordinary trainer, bf16 weights and a model card.
 */

import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { modelConfigJson, newLlamaConfig } from '../../model/config.ts';
import { initialWeights } from '../../model/weights/source.ts';
import { openModelFolder } from '../../node/modelFolder.ts';
import { writeWeightsFile } from '../../node/weightsFile.ts';
import { specialTokens, tokenizerFiles, trainBpe } from './bpe.ts';
import { corpus } from './corpus.ts';
import { modelCard } from './modelCard.ts';

const vocabSize = 2048;
const maxLength = 128;
const endTokens = [specialTokens.indexOf('<|endoftext|>'), specialTokens.indexOf('<|im_end|>')];

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
    documents: { type: 'string', default: '130000' },
    backend: { type: 'string', default: 'auto' },
    work: { type: 'string', default: '.cache/pretrain-base' },
    out: { type: 'string', default: 'media/models/tiny-base' },
  },
});
const seed = Number(values.seed);
const work = resolve(values.work);
const start = join(work, 'start');
mkdirSync(start, { recursive: true });

const tokenizer = tokenizerFiles(trainBpe(corpus(20_000, 99), vocabSize), maxLength);
const config = newLlamaConfig({
  vocab_size: vocabSize, hidden_size: 192, intermediate_size: 512, num_hidden_layers: 4, num_attention_heads: 6, num_key_value_heads: 6,
  max_position_embeddings: maxLength, tie_word_embeddings: true, bos_token_id: 0, eos_token_id: 0, pad_token_id: 0,
});
await writeFolder(start, 'F32', initialWeights(config, seed));

const corpusFile = createWriteStream(join(work, 'corpus.jsonl'));
for (const text of corpus(Number(values.documents), 1000 + seed)) {
  if (!corpusFile.write(`${JSON.stringify({ text })}\n`)) await once(corpusFile, 'drain');
}
corpusFile.end();
await once(corpusFile, 'finish');

const spec = `method: pretrain
model_name_or_path: start
dataset: corpus.jsonl
output_dir: run
overwrite_output_dir: true
backend: ${values.backend}
seed: ${seed}
learning_rate: 2.0e-3
lr_scheduler_type: cosine
warmup_steps: 50
weight_decay: 0.1
adam_beta2: 0.95
per_device_train_batch_size: 16
max_length: ${maxLength}
num_train_epochs: 1
logging_steps: 20
save_steps: 500
save_total_limit: 1
`;
const specFile = join(work, 'pretrain.posttrain.yaml');
writeFileSync(specFile, spec);
const { status } = spawnSync(process.execPath, ['dist/cli.js', 'train', specFile], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const trained = await openModelFolder(join(work, 'run/final'));
await writeFolder(out, 'BF16', trained.weights);
const events = readFileSync(join(work, 'run/events.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
writeFileSync(join(out, 'README.md'), modelCard({ seed, documents: Number(values.documents), spec, events }));
console.log(`The base model is in ${values.out}.`);

async function writeFolder(dir: string, dtype: 'F32' | 'BF16', weights: ReturnType<typeof initialWeights>): Promise<void> {
  for (const [name, text] of Object.entries(tokenizer)) writeFileSync(join(dir, name), text);
  writeFileSync(join(dir, 'config.json'), modelConfigJson(config, { torch_dtype: dtype === 'BF16' ? 'bfloat16' : 'float32' }));
  writeFileSync(join(dir, 'generation_config.json'), `${JSON.stringify({ bos_token_id: 0, eos_token_id: endTokens, pad_token_id: 0 }, null, 2)}\n`);
  await writeWeightsFile(join(dir, 'model.safetensors'), { ...weights, dtype: () => dtype });
}
