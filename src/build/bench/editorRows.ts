/** Made-up rows of about a kilobyte for measuring the dataset editor: the same for a size on every machine. */

import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { createRng } from '../../core/rng.ts';

const words = 'the of and to in is that for it was on are as with his they at be this have from or had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number way could people my than first water been call who its now find long down day did get come made may part quickly color colour naïve café'.split(' ');

/** Every thousandth row holds a rare word, and every ten-thousandth is broken. */
export async function writeEditorRows(path: string, sizeBytes: number): Promise<void> {
  if (existsSync(path)) return;
  const rng = createRng(sizeBytes);
  const text = (length: number) => Array.from({ length }, () => words[rng.below(words.length)]!).join(' ');
  const out = createWriteStream(`${path}.part`);
  let written = 0;
  for (let row = 0; written < sizeBytes; ) {
    let batch = '';
    for (let i = 0; i < 500; i++, row++) {
      const prompt = row % 1000 === 500 ? `${text(20)} zebra?` : `${text(20 + rng.below(30))}?`;
      const line = JSON.stringify({ prompt, completion: text(60 + rng.below(200)), source: `part-${rng.below(8)}`, id: row });
      batch += `${row % 10_000 === 9_999 ? line.slice(0, -1) : line}\n`;
    }
    written += Buffer.byteLength(batch);
    if (!out.write(batch)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  renameSync(`${path}.part`, path);
}
