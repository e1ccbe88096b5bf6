/** Writes a model folder whole or not at all: weights and settings, and the small files that make it usable. */

import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import type { FolderContent } from '../model/folderContent.ts';
import { isMissing } from './files.ts';
import { writeWeightsFile } from './weightsFile.ts';
import { writeFolderWhole } from './wholeFolder.ts';

/** Copied from the model that it came from. Never code, never pickles. */
const companions = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json', 'chat_template.jinja', 'chat_template.json', 'vocab.json', 'merges.txt', 'generation_config.json'];

/** `requireOurs` throws when the place belongs to somebody else; asked before anything is written and before it takes its place. */
export async function writeModelFolder(target: string, content: FolderContent, modelDir: string, requireOurs: () => void = () => undefined): Promise<void> {
  requireOurs();
  await writeFolderWhole(target, async (folder) => {
    for (const name of companions) {
      await copyText(join(modelDir, name), join(folder, name)).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    }
    for (const [name, text] of Object.entries(content.texts)) await fs.writeFile(join(folder, name), text);
    for (const [name, { weights, metadata }] of Object.entries(content.tensors)) await writeWeightsFile(join(folder, name), weights, metadata);
    requireOurs();
  });
}

/** By content: a copy of a read-only file would be read-only, and Windows could not remove it. */
async function copyText(from: string, to: string): Promise<void> {
  await fs.writeFile(to, await fs.readFile(from));
}
