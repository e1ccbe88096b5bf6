/** The language server process: wires the server to the editor that started it, and to the disk. */

import { promises as fs } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { readTextIfThere, writeFileWhole } from '../node/files.ts';
import { startRowThread } from '../node/rowThread.ts';
import { startLanguageServer } from './server/languageServer.ts';

// The transport (--node-ipc, --stdio, …) is on the command line, as every language client puts it there.
const connection = createConnection(ProposedFeatures.all);

startLanguageServer(connection, {
  startRowThread,
  async readText(uri) {
    const path = onDisk(uri);
    return path === undefined ? undefined : readTextIfThere(path);
  },
  writeText(uri) {
    const path = onDisk(uri);
    return path === undefined ? undefined : (text) => writeFileWhole(path, text);
  },
  filesBeside(uri) {
    const path = onDisk(uri);
    return path === undefined ? undefined : { specDir: dirname(path), home: homedir(), exists };
  },
});

/** In a virtual workspace there is no disk to look at. */
function onDisk(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

async function exists(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await fs.stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}
