/** How sure a share and a change between two models on the same probes are. */

const z = 1.959964; // 95 %

/**
 * Wilson's 95 % confidence interval of a share.
 * @param {{ right: number, total: number }} score
 * @returns {[number, number]}
 */
export function wilson({ right, total }) {
  if (total === 0) return [0, 1];
  const share = right / total;
  const middle = (share + z ** 2 / (2 * total)) / (1 + z ** 2 / total);
  const half = (z / (1 + z ** 2 / total)) * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/**
 * What became of the same probes: `lost` were right before and are wrong now, `won` the other way round. `difference` is the change of the
 * share of right answers, `interval` its 95 % confidence interval (Bonett and Price 2012, for paired shares), `p` McNemar's exact test.
 * @param {readonly { right: boolean }[]} before
 * @param {readonly { right: boolean }[]} after
 */
export function pairedChange(before, after) {
  const total = before.length;
  if (after.length !== total) throw new Error(`${total} answers before and ${after.length} after are not about the same probes.`);
  const lost = before.filter(({ right }, i) => right && !after[i].right).length;
  const won = before.filter(({ right }, i) => !right && after[i].right).length;
  const [down, up] = [(lost + 1) / (total + 2), (won + 1) / (total + 2)];
  const half = z * Math.sqrt((down + up - (up - down) ** 2) / (total + 2));
  const p = mcNemar(lost, won);
  return {
    total,
    lost,
    won,
    difference: (won - lost) / total,
    interval: /** @type {[number, number]} */ ([up - down - half, up - down + half]),
    p,
    significantDrop: lost > won && p < 0.05,
  };
}

/** How often chance alone, lost and won being equally likely, would be at least as uneven. */
function mcNemar(lost, won) {
  const n = lost + won;
  let log = -n * Math.LN2; // of C(n, k) / 2^n
  let tail = 0;
  for (let k = 0; k <= Math.min(lost, won); k++) {
    tail += Math.exp(log);
    log += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}
