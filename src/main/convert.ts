/** The convert worker: a thread that reads, converts and writes whole datasets, with the libraries for tables that nothing else needs. */

import { UserError } from '../core/problem.ts';
import { ownerPort } from '../node/workerPort.ts';
import type { ConvertClientContract, ConvertContract } from '../protocol/convert.ts';
import { connectPeer } from '../protocol/rpc.ts';
import { choicesFor, surveyFile, writeFile, type ConvertHooks, type Surveyed } from './convert/convertFile.ts';

let surveyed: Surveyed | undefined;

const peer = connectPeer<ConvertContract, ConvertClientContract>(
  ownerPort(),
  {
    choices: (request, signal) => choicesFor(request, signal),
    async survey(request, signal) {
      surveyed = await surveyFile(request, hooks('survey', signal));
      return surveyed.survey;
    },
    async write(request, signal) {
      if (!surveyed) throw new UserError('Nothing was surveyed that could be written.', 'convert');
      return writeFile(request, surveyed, hooks('write', signal));
    },
  },
  {},
);

/** Progress is told once for each hundredth of the file. */
function hooks(phase: 'survey' | 'write', signal: AbortSignal): ConvertHooks {
  let last = -1;
  return {
    signal,
    progress(fraction) {
      const hundredth = Math.floor(fraction * 100);
      if (hundredth === last) return;
      last = hundredth;
      peer.emit('progress', { phase, fraction });
    },
    refused: (row) => peer.emit('refused', row),
  };
}
