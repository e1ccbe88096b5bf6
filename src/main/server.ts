/** The language server process: wires the server to the editor that started it, and to the disk. */

import { promises as fs } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startRowThread } from '../node/rowThread.ts';
import { startLanguageServer } from './server/languageServer.ts';

// The transport (--node-ipc, --stdio, …) is on the command line, as every language client puts it there.
const connection = createConnection(ProposedFeatures.all);

startLanguageServer(connection, {
  startRowThread,
  filesBeside(uri) {
    // In a virtual workspace there is no disk to look at.
    if (!uri.startsWith('file:')) return undefined;
    try {
      return { specDir: dirname(fileURLToPath(uri)), home: homedir(), exists };
    } catch {
      return undefined;
    }
  },
});

async function exists(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await fs.stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}
