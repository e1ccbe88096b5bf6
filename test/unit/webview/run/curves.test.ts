/** What the panel computes from the points it was sent. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clockSeries } from '../../../../src/run/series.ts';
import { axisScale, createCurves, interpolate, smooth } from '../../../../webview/run/curves.ts';

const series = (name: string, step: number[], value: number[]) => ({ name, step: Float64Array.from(step), value: Float64Array.from(value) });

describe('curves', () => {
  test('new points are added, points that came before are not added twice', () => {
    const curves = createCurves();
    curves.apply({ whole: true, series: [series('loss', [1, 2], [5, 4])] });
    curves.apply({ whole: false, series: [series('loss', [2, 3], [4, 3])] });
    assert.deepEqual(curves.byName.get('loss'), { step: [1, 2, 3], value: [5, 4, 3] });
  });

  test('a whole change replaces what was there, metrics that are gone too', () => {
    const curves = createCurves();
    curves.apply({ whole: true, series: [series('loss', [1, 2, 3], [5, 4, 3]), series('kl', [1], [0])] });
    curves.apply({ whole: true, series: [series('loss', [1, 2], [5, 4.5])] });
    assert.deepEqual([...curves.byName.keys()], ['loss']);
    assert.deepEqual(curves.byName.get('loss')!.value, [5, 4.5]);
  });
});

describe('smoothing', () => {
  test('weight 0 is the values, and a constant stays what it is from the first point', () => {
    assert.deepEqual(smooth([3, 1, 2], 0), [3, 1, 2]);
    for (const value of smooth([2, 2, 2, 2], 0.98)) assert.ok(Math.abs(value - 2) < 1e-12);
  });

  test('the second value is the debiased mean', () => {
    const [, second] = smooth([0, 1], 0.9);
    assert.ok(Math.abs(second! - 0.1 / (0.9 * 0.1 + 0.1)) < 1e-12);
  });

  test('NaN leaves a gap and does not spread', () => {
    const [a, b, c] = smooth([1, NaN, 1], 0.5);
    assert.equal(a, 1);
    assert.ok(Number.isNaN(b));
    assert.ok(Math.abs(c! - 1) < 1e-12);
  });
});

describe('axes', () => {
  const curves = createCurves();
  curves.apply({ whole: true, series: [series('num_tokens', [10, 20], [1000, 3000]), series(clockSeries, [10, 20], [5, 15])] });

  test('steps become tokens and seconds, and come back', () => {
    const tokens = axisScale('tokens', curves)!;
    assert.equal(tokens.ofStep(15), 2000);
    assert.equal(tokens.toStep(2000), 15);
    assert.equal(axisScale('time', curves)!.ofStep(20), 15);
    assert.equal(axisScale('step', curves)!.ofStep(7), 7);
  });

  test('a run that logs no tokens has no such axis', () => {
    assert.equal(axisScale('tokens', createCurves()), undefined);
    assert.equal(axisScale('time', createCurves()), undefined);
  });

  test('before the first and after the last point it goes on as the whole does', () => {
    assert.equal(interpolate([10, 20], [1000, 3000], 0), 0);
    assert.equal(interpolate([10, 20], [1000, 3000], 5), 500);
    assert.equal(interpolate([10, 20], [1000, 3000], 40), 6000);
    assert.equal(interpolate([], [], 4), 4);
  });
});
