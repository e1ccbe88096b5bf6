/** Writes the folders whose loading in transformers and PEFT was recorded: the committed model as it is, recorded runs' adapters, and what merging makes of them. */

import { join, resolve } from 'node:path';
import { openBackend } from '../../src/backend/index.ts';
import { writeModelFolder } from '../../src/node/writeModelFolder.ts';
import { attachLora } from '../../src/nn/lora.ts';
import { loadModel } from '../../src/nn/model.ts';
import { attachTokenRows } from '../../src/nn/tokenRows.ts';
import { mergeAdapterFolder } from '../../src/node/mergeAdapter.ts';
import { asRewardFolder, openModelFolder } from '../../src/node/modelFolder.ts';
import { openWeightsFile } from '../../src/node/weightsFile.ts';
import { modelContent } from '../../src/train/checkpoint.ts';

/** Adapters with the final weights of recorded runs, on the models of those runs. */
const adapters = {
  adapter: { run: 'sft_chat_lora_rows', model: 'tied', lora: { r: 4, alpha: 8, dropout: 0, targetModules: ['q_proj', 'v_proj'], rslora: true }, tokenIds: [2, 1] },
  dora: { run: 'sft_plain_dora_modules', model: 'untied', lora: { r: 4, alpha: 8, dropout: 0, targetModules: '.*(1|2).*(o|down)_proj', rslora: false, dora: true, modulesToSave: ['lm_head', 'norm'] }, tokenIds: undefined },
  reward: { run: 'reward_lora', model: 'tied', lora: { r: 4, alpha: 8, dropout: 0, targetModules: 'all-linear', rslora: false, modulesToSave: ['score'] }, tokenIds: undefined },
} as const;

/** Writes `whole`, the adapters, and each of them merged (`adapter-merged` …) into the folder. Run from the root of the repository. */
export async function writeFolders(folder: string): Promise<void> {
  await openBackend('cpu');
  const source = resolve('test/parity/models/tied');
  const opened = await openModelFolder(source);
  const whole = await loadModel(opened.config, opened.weights);
  await writeModelFolder(join(folder, 'whole'), modelContent(whole, source), source);
  whole.dispose();
  await opened.close();
  for (const [name, { run, model: base, lora, tokenIds }] of Object.entries(adapters)) {
    const found = await openModelFolder(resolve('test/parity/models', base));
    const opened = name === 'reward' ? asRewardFolder(found, 0, 0) : found;
    const model = await loadModel(opened.config, opened.weights);
    const trained = await openWeightsFile(resolve('test/parity/traces', run, 'weights_final.safetensors'));
    await attachLora(model, lora, { seed: 0, init: trained });
    if (tokenIds) await attachTokenRows(model, tokenIds, { freezeRest: true, init: trained });
    // A name that is the same on every machine, so that the file is.
    await writeModelFolder(join(folder, name), modelContent(model, `test/parity/models/${base}`), opened.baseFolder);
    await trained.close();
    await opened.close();
    model.dispose();
    await mergeAdapterFolder(join(folder, name), join(folder, `${name}-merged`));
  }
}
