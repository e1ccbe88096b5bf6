/** Every kernel and gradient in use, and every method's whole step, on every backend against tfjs' plain JavaScript (which reference.test.ts holds to formulas). */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { answerAsked, inProcessOf, missingBackend } from '../backendProcess.ts';
import { furthest, openReference, works, type Answer } from './backends/compare.ts';
import { tolerances } from './backends/tolerances.ts';

type Work = keyof typeof works;

if (!answerAsked(works)) {
  const reference = {} as Record<Work, Answer>;
  before(async () => {
    await openReference();
    for (const work of ['operations', 'passes'] as const) reference[work] = await works[work]();
  });

  for (const backend of ['wasm', 'tensorflow'] as const) {
    const skip = missingBackend(backend);
    const kernels = {} as Record<Work, Set<string>>;
    const report: string[] = [];
    for (const work of ['operations', 'passes'] as const) {
      test(`${backend}: ${work}`, { skip }, async (t) => {
        const { results, seconds, ...rest } = await inProcessOf<Answer>(__filename, backend, work);
        kernels[work] = rest.kernels;
        let most = { name: '', part: '', error: -1 };
        for (const [name, expected] of reference[work].results) {
          await t.test(`${backend}: ${name}`, () => {
            const found = furthest(results.get(name)!, expected);
            if (found.error > most.error) most = { name, ...found };
            assert.ok(found.error <= tolerances[backend][work], `${found.part} is off by ${found.error}, allowed is ${tolerances[backend][work]}`);
          });
        }
        report.push(`${results.size} ${work} in ${seconds.toFixed(1)} s, furthest ${most.error.toExponential(1)} (${most.name}: ${most.part})`);
      });
    }
    test(`${backend}: every kernel in use has a case of its own`, { skip }, () => {
      const used = [...kernels.passes];
      assert.deepEqual(used.filter((name) => !kernels.operations.has(name)), []);
      console.log(`METRIC ${backend}: ${used.length} kernels in use; ${report.join('; ')}`);
    });
  }
}
