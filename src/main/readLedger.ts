/** All that a sidecar says, for programs that read it once. */

import { readAnnotation } from '../dataset/annotations/annotation.ts';
import { Ledger } from '../dataset/annotations/ledger.ts';
import { isBlank } from '../dataset/lineText.ts';
import { annotationFile } from '../node/annotationFile.ts';

/** Of a file that is not there, nothing. `unread`: lines that are no annotations. */
export async function readLedger(sidecar: string): Promise<{ ledger: Ledger; unread: number }> {
  const ledger = new Ledger();
  let unread = 0;
  for (const line of (await annotationFile(sidecar).read()).lines) {
    const annotation = readAnnotation(line);
    if (annotation) ledger.add(annotation);
    else if (!isBlank(line)) unread++;
  }
  return { ledger, unread };
}
