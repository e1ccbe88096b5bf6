/** The token worker: a thread that runs one model's tokenizer and chat template, and that its owner can end when they hang. */

import { workerData } from 'node:worker_threads';
import { throwIfAborted } from '../core/abort.ts';
import { prepareLines } from '../methods/prepareRows.ts';
import { ownerPort } from '../node/workerPort.ts';
import { connectPeer } from '../protocol/rpc.ts';
import type { PackedRows, TokenClientContract, TokenWorkerContract, TokenWorkerData } from '../protocol/tokens.ts';
import type { PreparedRow } from '../tokens/prepare.ts';
import { createTokenizer, type Tokenizer } from '../tokens/tokenizer.ts';

const { files } = workerData as TokenWorkerData;

let made: Tokenizer | undefined;
/** Made at the first request, so that a broken file is the answer to it. */
const tokenizer = () => (made ??= createTokenizer(files));

/** How long rows are prepared before the thread looks whether the request was cancelled. */
const sliceMs = 50;

/** One request after another, also when one of them pauses: its owner takes the oldest one for the one that hangs. */
let last: Promise<unknown> = Promise.resolve();
const inTurn = <T>(run: () => T | Promise<T>): Promise<T> => {
  const result = last.then(run);
  last = result.catch(() => undefined);
  return result;
};

const peer = connectPeer<TokenWorkerContract, TokenClientContract>(
  ownerPort(),
  {
    info: () =>
      inTurn(() => {
        const { vocabSize, bosId, eosId, padId, specialTokens, addsBos, modelMaxLength, chatTemplate } = tokenizer();
        return { vocabSize, bosId, eosId, padId, specialTokens, addsBos, modelMaxLength, chatTemplate };
      }),
    prepare: ({ rows, settings }, signal) =>
      inTurn(async () => {
        throwIfAborted(signal);
        const prepared: PreparedRow[] = [];
        let pauseAt = Date.now() + sliceMs;
        for (const row of prepareLines(rows, tokenizer(), settings)) {
          prepared.push(row);
          if (Date.now() < pauseAt) continue;
          peer.emit('progress', null);
          await new Promise(setImmediate);
          throwIfAborted(signal);
          pauseAt = Date.now() + sliceMs;
        }
        return pack(prepared);
      }),
    render: ({ messages, settings }) =>
      inTurn(() => {
        const { addGenerationPrompt, tools, kwargs } = settings;
        return tokenizer().chatFor(tools !== undefined).render(messages, { addGenerationPrompt, tools, kwargs, specialTokens: tokenizer().specialTokens }).text;
      }),
    encode: ({ text, addSpecialTokens }) => inTurn(() => tokenizer().encode(text, { addSpecialTokens })),
    decode: ({ ids, skipSpecialTokens }) => inTurn(() => tokenizer().decode(ids, { skipSpecialTokens })),
    texts: ({ ids }) => inTurn(() => ids.map((id) => tokenizer().tokenText(id))),
  },
  {},
);

// The thread runs: from now on it is the request that takes its time.
peer.emit('progress', null);

function pack(prepared: readonly PreparedRow[]): PackedRows {
  let tokens = 0;
  for (const { sides } of prepared) for (const side of sides) tokens += side.ids.length;
  const packed: PackedRows = { rows: [], ids: new Uint32Array(tokens), trained: new Uint8Array(tokens) };
  let at = 0;
  for (const { line, problems, sides } of prepared) {
    packed.rows.push({
      line,
      problems,
      sides: sides.map(({ ids, trained, ...side }) => {
        packed.ids.set(ids, at);
        packed.trained.set(trained, at);
        at += ids.length;
        return { ...side, length: ids.length };
      }),
    });
  }
  return packed;
}
