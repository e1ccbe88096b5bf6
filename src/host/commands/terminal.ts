/** Open Posttrain Terminal: a terminal in which `posttrain` is the command line of this extension, on the Node that the trainer uses. */

import { promises as fs } from 'node:fs';
import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';
import type { NodeProgram } from '../../node/trainerProcess.ts';
import type { HostContext } from '../context.ts';
import { cliPath, trainerNode } from '../runs/trainer.ts';

export async function openTerminal(context: HostContext): Promise<vscode.Terminal> {
  const folder = await writeCommand(context, await trainerNode(context));
  const terminal = vscode.window.createTerminal({
    name: 'Posttrain',
    iconPath: new vscode.ThemeIcon('graph-line'),
    env: { PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` },
    message: vscode.l10n.t('The command here is "posttrain". Try: posttrain --help'),
  });
  terminal.show();
  return terminal;
}

/** A small script beside nothing else, so that putting its folder on the PATH adds this one command. Written anew each time: Node may have moved. */
async function writeCommand(context: HostContext, node: NodeProgram): Promise<string> {
  const folder = join(context.extension.globalStorageUri.fsPath, 'bin');
  await fs.mkdir(folder, { recursive: true });
  const cli = cliPath(context);
  // The command itself looks for a Node to train on: it gets the one that was chosen here.
  const variables = { ...node.env, ...(node.electron ? {} : { POSTTRAIN_NODE: node.command }) };
  if (process.platform === 'win32') {
    const quote = (text: string) => `"${text.replaceAll('%', '%%')}"`;
    await fs.writeFile(join(folder, 'posttrain.cmd'), ['@echo off', 'setlocal', ...Object.entries(variables).map(([name, value]) => `set "${name}=${value.replaceAll('%', '%%')}"`), `${quote(node.command)} ${quote(cli)} %*`, ''].join('\r\n'));
  }
  // Also on Windows: Git Bash takes it.
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  await fs.writeFile(join(folder, 'posttrain'), ['#!/bin/sh', ...Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`), `exec ${quote(node.command)} ${quote(cli)} "$@"`, ''].join('\n'), { mode: 0o755 });
  return folder;
}
