/** The statistics worker: a thread that goes through a whole dataset and counts, with the token worker beside it. */

import { methods, paramsOf } from '../methods/index.ts';
import { openFileSource } from '../node/fileSource.ts';
import { loadTokenizerFiles, tokenizerChanges } from '../node/tokenizerFiles.ts';
import { startTokenWorker } from '../node/tokenWorker.ts';
import { ownerPort } from '../node/workerPort.ts';
import { connectPeer } from '../protocol/rpc.ts';
import type { StatsClientContract, StatsContract } from '../protocol/stats.ts';
import { fileStats } from './stats/fileStats.ts';

const peer = connectPeer<StatsContract, StatsClientContract>(
  ownerPort(),
  {
    async count({ path, tokens }, signal) {
      const worker = tokens && startTokenWorker(await loadTokenizerFiles(tokens.dir, tokenizerChanges(tokens.params)));
      try {
        const source = await openFileSource(path);
        try {
          return await fileStats(source, {
            signal,
            progress: (fraction) => peer.emit('progress', { fraction }),
            ...(worker && { tokens: { worker, method: tokens.method === undefined ? undefined : methods.find(tokens.method).id, paramsOf: (id) => ({ ...Object.fromEntries(paramsOf(id).map((param) => [param.name, param.default])), ...tokens.params }) } }),
          });
        } finally {
          await source.close();
        }
      } finally {
        worker?.dispose();
      }
    },
  },
  {},
);
