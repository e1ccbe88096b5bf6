/** The data files of the sample project by name: what `npm run sample-data` writes and `media/sample` holds. */

import { identityPairs, identityProbes, identityRows } from './identity.ts';
import { countryProbes, evaluationRows, sumProbes, trainingRows } from './sample.ts';

export function sampleFiles(seed: number, holdoutSeed: number): Record<string, string> {
  const probes = countryProbes(holdoutSeed);
  const few = ['capital', 'currency', 'language', 'continent'].flatMap((relation) => probes.filter((p) => p.relation === relation && p.phrasing === 'seen').filter((_, i) => i % 40 === 0).slice(0, 2));
  return {
    'train.jsonl': lines(trainingRows(seed, holdoutSeed)),
    'eval.jsonl': lines(evaluationRows(holdoutSeed)),
    'probes.jsonl': lines(probes),
    'sums.jsonl': lines(sumProbes(holdoutSeed)),
    'samples.jsonl': lines(few.map(({ prompt }) => ({ prompt }))),
    'identity.jsonl': lines(identityRows(seed, holdoutSeed)),
    'preferences.jsonl': lines(identityPairs(seed, holdoutSeed)),
    'identity-probes.jsonl': lines(identityProbes(holdoutSeed)),
    'identity-samples.jsonl': lines([...identityProbes(holdoutSeed).slice(0, 5), ...probes.filter((_, i) => i % 40 === 0).slice(0, 3)].map(({ prompt }) => ({ prompt }))),
  };
}

function lines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
