/** Every kernel and gradient in use, and every method's whole step, on every backend against tfjs' plain JavaScript (which reference.test.ts holds to formulas). */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { answerAsked, inProcessOf, missingBackend } from '../backendProcess.ts';
import { furthest, openReference, works, type Answer } from './backends/compare.ts';
import { passes } from './backends/passes.ts';
import { knownWrong, tolerances } from './backends/tolerances.ts';

type Work = 'operations' | 'passes';

if (!answerAsked(works)) {
  const reference = {} as Record<Work, Answer>;
  before(async () => {
    await openReference();
    for (const work of ['operations', 'passes'] as const) reference[work] = await works[work]();
  });

  for (const backend of ['wasm', 'tensorflow', 'webgpu'] as const) {
    const skip = missingBackend(backend);
    const played = backend === 'webgpu' && process.env.POSTTRAIN_WEBGPU !== 'hardware';
    const kernels = {} as Record<Work, Set<string>>;
    const report: string[] = [];
    for (const work of ['operations', 'passes'] as const) {
      test(`${backend}: ${work}`, { skip }, async (t) => {
        // A GPU that the processor plays takes ten seconds for a step with an adapter.
        const { results, seconds, ...rest } = await inProcessOf<Answer>(__filename, backend, played && work === 'passes' ? 'fewPasses' : work);
        kernels[work] = rest.kernels;
        let most = { name: '', part: '', error: -1 };
        for (const [name, found] of results) {
          await t.test(`${backend}: ${name}`, () => {
            const expected = { ...reference[work].results.get(name)! };
            for (const [part, why] of Object.entries(knownWrong[backend]?.[name] ?? {})) {
              assert.ok(furthest({ [part]: found[part]! }, { [part]: expected[part]! }).error > tolerances[backend][work], `${part} is right by now, so it is not to be excused (${why})`);
              delete found[part];
              delete expected[part];
            }
            const worst = furthest(found, expected);
            if (worst.error > most.error) most = { name, ...worst };
            assert.ok(worst.error <= tolerances[backend][work], `${worst.part} is off by ${worst.error}, allowed is ${tolerances[backend][work]}`);
          });
        }
        const asked = [...reference[work].results.keys()].filter((name) => !(played && passes.find((pass) => pass.name === name)?.more));
        assert.deepEqual([...results.keys()], asked, 'all that was asked for');
        report.push(`${results.size} ${work} in ${seconds.toFixed(1)} s, furthest ${most.error.toExponential(1)} (${most.name}: ${most.part})`);
      });
    }
    test(`${backend}: every kernel in use has a case of its own`, { skip }, () => {
      // The optimiser's are no operations; the pass AdamW is their case.
      const used = [...kernels.passes].filter((name) => !['PosttrainAdamW', 'PosttrainSquareSum'].includes(name));
      assert.deepEqual(used.filter((name) => !kernels.operations.has(name)), []);
      console.log(`METRIC ${backend}: ${used.length} kernels in use; ${report.join('; ')}`);
    });
  }
}
