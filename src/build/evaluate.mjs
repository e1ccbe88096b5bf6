/** Asks a model the probes of a file through `posttrain generate` and counts exact answers. */

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * @typedef {{ question: string, answer: string, completion: string, right: boolean, relation: string, phrasing: string }} Answered
 * @typedef {{ right: number, total: number }} Score
 */

/**
 * Greedy answers to every probe. An answer is right when it equals the expected one, white space at its ends aside.
 * @param {{ cli: string, model: string, probes: string, raw?: boolean, backend?: string, onProgress?: (done: number, total: number) => void }} options
 * @returns {Promise<Answered[]>}
 */
export async function evaluate({ cli, model, probes, raw = false, onProgress }) {
  const rows = readFileSync(probes, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const args = [cli, 'generate', '--model', model, '--file', raw ? plainPrompts(probes, rows) : probes, '--max_new_tokens', '24', '--temperature', '0', '--json', ...(raw ? ['--raw'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  const exit = new Promise((resolve) => child.once('close', resolve));
  /** @type {Answered[]} */
  const answered = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const { index, completion } = JSON.parse(line);
    const { prompt, answer, relation, phrasing } = rows[index];
    answered.push({ question: prompt[0].content, answer, completion: completion.trim(), right: completion.trim() === answer, relation, phrasing });
    onProgress?.(answered.length, rows.length);
  }
  const code = await exit;
  if (code !== 0) throw new Error(`posttrain generate failed: ${errors.trim() || `exit code ${code}`}`);
  return answered;
}

/** The questions as plain text, in a file beside the probes: turns always go through the chat template. */
function plainPrompts(probes, rows) {
  const file = probes.replace(/\.jsonl$/, '.plain.jsonl');
  writeFileSync(file, rows.map(({ prompt }) => `${JSON.stringify({ prompt: prompt[0].content })}\n`).join(''));
  return file;
}

/**
 * Right and total by a key of the probe, in the order in which the values first appear.
 * @param {readonly Answered[]} answered
 * @param {(a: Answered) => string} key
 * @returns {Map<string, Score>}
 */
export function scores(answered, key) {
  const byKey = new Map();
  for (const a of answered) {
    const score = byKey.get(key(a)) ?? { right: 0, total: 0 };
    score.total++;
    if (a.right) score.right++;
    byKey.set(key(a), score);
  }
  return byKey;
}

/** `93.4 % (340/364)` @param {Score} score */
export function percent({ right, total }) {
  return `${((100 * right) / Math.max(1, total)).toFixed(1)} % (${right}/${total})`;
}
