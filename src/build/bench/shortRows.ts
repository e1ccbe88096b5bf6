/** Made-up questions and answers of some thirty words, some of which nearly say what an earlier one says: the same for a number of rows on every machine. */

import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { createRng } from '../../core/rng.ts';

/** One row in so many is an earlier one with a word or two replaced. */
const EVERY = 20;

export async function writeShortRows(path: string, rows: number): Promise<void> {
  if (existsSync(path)) return;
  const rng = createRng(rows);
  // few words are frequent and most are rare, as in a language
  const word = () => `w${Math.floor(20_000 * rng.next() ** 3)}`;
  const words = (least: number, more: number) => Array.from({ length: least + rng.below(more) }, word);
  const kept: { prompt: string[]; completion: string[] }[] = [];
  const out = createWriteStream(`${path}.part`);
  for (let row = 0; row < rows; ) {
    let batch = '';
    for (let i = 0; i < 1000 && row < rows; i++, row++) {
      let said = { prompt: words(8, 8), completion: words(15, 15) };
      if (row % EVERY === EVERY - 1) {
        const earlier = kept[rng.below(kept.length)]!;
        said = { prompt: [...earlier.prompt], completion: [...earlier.completion] };
        said.completion[rng.below(said.completion.length)] = word();
      } else if (kept.length < 100_000) kept.push(said);
      batch += `${JSON.stringify({ prompt: said.prompt.join(' '), completion: said.completion.join(' ') })}\n`;
    }
    if (!out.write(batch)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  renameSync(`${path}.part`, path);
}
