/** What annotators say about a row, as a search asks for it: `annotation:unlabelled`, `annotation:skipped`, `annotation:note`, or a label of theirs. */

import type { Format } from '../format.ts';
import { flagOf } from './flag.ts';
import { verdictOf, type Ledger, type Verdict } from './ledger.ts';
import { identifyRow } from './rowIdentity.ts';

/** One person's word. */
export interface Said {
  verdict: Verdict | undefined;
  labels: readonly string[];
  note: string;
}

/** `annotator`: this person's word alone; everybody's when it is not given. Undefined for a blank line, of which there is nothing to say. */
export function saidAbout(line: string, ledger: Ledger, format: Format | undefined, annotator: string | undefined): readonly Said[] | undefined {
  const identity = identifyRow(line);
  if (!identity) return undefined;
  const opinions = ledger.of(identity.hash);
  const said = [...opinions].flatMap(([name, { choice, labels, note }]): Said[] =>
    annotator === undefined || name === annotator ? [{ verdict: verdictOf(choice, identity), labels: labels?.value ?? [], note: note?.value ?? '' }] : [],
  );
  const flag = said.some(({ verdict }) => verdict !== undefined) ? undefined : flagOf(line, format);
  return flag === undefined ? said : [...said, { verdict: flag, labels: [], note: '' }];
}

/** Words that mean something else than a label. */
const meanings: Readonly<Record<string, (said: readonly Said[]) => boolean>> = {
  labelled: (said) => said.some(({ verdict }) => verdict !== undefined && verdict !== 'skip'),
  unlabelled: (said) => said.every(({ verdict }) => verdict === undefined),
  skipped: (said) => said.some(({ verdict }) => verdict === 'skip'),
  note: (said) => said.some(({ note }) => note !== ''),
  ...Object.fromEntries((['tie', 'good', 'bad', 'chosen', 'rejected'] as const).map((which) => [which, (said: readonly Said[]) => said.some(({ verdict }) => verdict === which)])),
};

export function isSaid(which: string, said: readonly Said[]): boolean {
  if (Object.hasOwn(meanings, which)) return meanings[which]!(said);
  const label = which.toLowerCase();
  return said.some(({ labels }) => labels.some((one) => one.toLowerCase() === label));
}
