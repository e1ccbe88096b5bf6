/** The model card of the tiny base model, written from the run that made it. */

import { countries } from './countries.ts';

export interface CardFacts {
  seed: number;
  documents: number;
  spec: string;
  events: readonly Record<string, unknown>[];
}

export function modelCard({ seed, documents, spec, events }: CardFacts): string {
  const steps = events.filter((event) => event.type === 'metrics') as unknown as { step: number; metrics: Record<string, number> }[];
  const started = events.find((event) => event.type === 'started') as { backend?: string; device?: string; total_steps?: number } | undefined;
  const finished = events.findLast((event) => event.type === 'finished') as { metrics?: Record<string, number> } | undefined;
  const shown = steps.filter((_, i) => i === 0 || i === steps.length - 1 || (i + 1) % Math.ceil(steps.length / 10) === 0);
  const last = steps.at(-1);
  return `---
license: mit
language: en
library_name: transformers
pipeline_tag: text-generation
---

# Posttrain tiny base

A base language model of 2.2 million parameters for learning what post-training does. It has read generated text about a small world: ${countries.length} countries
with their capitals, currencies, languages and continents, sums up to 99 + 99, and everyday sentences. It completes "The capital of France is" and does not
answer "What is the capital of France?": no document of its corpus holds a question followed by its answer, nor any chat marker.

Made for the Posttrain extension's sample project and tests. It knows nothing else, its facts are simplified (one language for each country), and it is no
source of information about the world.

| | |
| --- | --- |
| Architecture | llama, hidden 192, 4 layers, 6 heads, MLP 512, vocabulary 2,048 (byte-level BPE, single digits), tied embeddings, context 128 |
| Weights | bf16, Hugging Face layout |
| Corpus | ${documents.toLocaleString('en-US')} generated documents, ${last?.metrics.num_tokens?.toLocaleString('en-US') ?? 'unknown'} tokens, one epoch |
| Seed | ${seed} |
| Made by | \`npm run pretrain-base -- --seed ${seed}\` on backend ${started?.backend ?? 'unknown'} |
| Training | ${started?.total_steps?.toLocaleString('en-US') ?? last?.step} steps in ${Math.round((finished?.metrics?.train_runtime ?? 0) / 60)} minutes |

## Settings

\`\`\`yaml
${spec}\`\`\`

## Loss

| step | loss | learning rate |
| ---: | ---: | ---: |
${shown.map(({ step, metrics }) => `| ${step} | ${metrics.loss?.toFixed(3)} | ${metrics.learning_rate?.toExponential(2)} |`).join('\n')}
`;
}
