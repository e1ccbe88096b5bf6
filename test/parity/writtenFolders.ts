/** Writes the folders whose loading in transformers and PEFT was recorded: the committed model as it is, and a recorded run's adapter. */

import { join, resolve } from 'node:path';
import { openBackend } from '../../src/backend/index.ts';
import { writeModelFolder } from '../../src/main/trainer/checkpoints.ts';
import { attachLora } from '../../src/nn/lora.ts';
import { loadModel } from '../../src/nn/model.ts';
import { attachTokenRows } from '../../src/nn/tokenRows.ts';
import { openModelFolder } from '../../src/node/modelFolder.ts';
import { openWeightsFile } from '../../src/node/weightsFile.ts';
import { modelContent } from '../../src/train/checkpoint.ts';

/** As in the recorded run `sft_chat_lora_rows`. */
const adapter = { r: 4, alpha: 8, dropout: 0, targetModules: ['q_proj', 'v_proj'], rslora: true };
const tokenIds = [2, 1];

/** Writes `whole` and `adapter` into the folder. Run from the root of the repository. */
export async function writeFolders(folder: string): Promise<void> {
  await openBackend('cpu');
  const source = resolve('test/parity/models/tied');
  const opened = await openModelFolder(source);
  const model = await loadModel(opened.config, opened.weights);
  await writeModelFolder(join(folder, 'whole'), modelContent(model, source), source, () => undefined);
  const trained = await openWeightsFile(resolve('test/parity/traces/sft_chat_lora_rows/weights_final.safetensors'));
  await attachLora(model, adapter, { seed: 0, init: trained });
  await attachTokenRows(model, tokenIds, { freezeRest: true, init: trained });
  // A name that is the same on every machine, so that the file is.
  await writeModelFolder(join(folder, 'adapter'), modelContent(model, 'test/parity/models/tied'), source, () => undefined);
  await trained.close();
  await opened.close();
  model.dispose();
}
