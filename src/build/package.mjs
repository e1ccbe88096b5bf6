/** `npm run package`: builds and packs posttrain.vsix (another path may be given). Needs no repository address and no account. */

import { mkdirSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleAll, print } from './bundle.mjs';
import { writeWhole } from './files.mjs';
import { ensureInstalled } from './install.mjs';
import { inRoot, root } from './paths.mjs';

/** Packs dist/ as it is, with the licences of what is in it. Returns the file's size in bytes. */
export async function packageExtension(file) {
  const { createVSIX } = await import('@vscode/vsce');
  const { thirdPartyNotices } = await import('./notices.mjs');
  writeWhole(inRoot('dist/THIRD_PARTY_NOTICES.txt'), thirdPartyNotices());
  mkdirSync(dirname(file), { recursive: true });
  // vsce prints a tree of files and hints for publishing.
  const { log, warn } = console;
  console.log = () => {};
  console.warn = () => {};
  try {
    await createVSIX({ cwd: root, packagePath: file, dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false, gitHubIssueLinking: false, gitLabIssueLinking: false });
  } finally {
    Object.assign(console, { log, warn });
  }
  return statSync(file).size;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureInstalled();
  const file = inRoot(process.argv[2] ?? 'posttrain.vsix');
  if (print(await bundleAll()) > 0) process.exit(1);
  const size = await packageExtension(file);
  console.log(`${relative(root, file)}: ${(size / 1024 / 1024).toFixed(1)} MB. Install it with: code --install-extension ${relative(root, file)}`);
}
