/** Rows of which the dry run says something else than TRL did, and why that stays so. */

import type { KnownDifference } from './page.ts';

export const knownDifferences: readonly KnownDifference[] = [
  {
    what: 'ShareGPT rows: TRL hands "human" and "gpt" to the chat template, here they are user and assistant',
    why: 'Said once for the file, with the conversion that TRL needs. Whether a template takes the names is found out by running it on rows that nobody trains on here.',
    is: ({ file }) => file.name.includes('ShareGPT'),
  },
  {
    what: 'An assistant turn whose content is null and that calls no tool: TRL trains on it where the template can write nothing',
    why: 'Here the row is an error and left out: most templates fail on it or write "None".',
    is: ({ prepared }) => prepared.problems.some(({ code, message }) => code === 'wrong-type' && message.includes('is null')),
  },
  {
    what: 'A prompt of text beside answers of turns: the trainers of ORPO and CPO leave that prompt and find the one that the answers share',
    why: 'Here the row is an error and left out, as DPO, KTO and reward training stop at it in TRL.',
    is: ({ file, prepared }) => ['orpo', 'cpo'].includes(file.method) && prepared.problems.some(({ code }) => code === 'mixed-content'),
  },
];
