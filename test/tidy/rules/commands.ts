/** Rules about what people can do: whatever changes data or runs in the window is a command, whatever needs no window is in the terminal too. */

import type { Rule, SourceFile } from './source.ts';

const COMMANDS = 'src/host/manifest/commands.ts';
/** Unions of what a view may ask for by name, and the commands that these names are part of. */
const UNIONS: Readonly<Record<string, string>> = { RunAction: 'posttrain.run.', RowCommand: 'posttrain.dataset.', ViewCommand: 'posttrain.dataset.' };

/** `noCommand`: what a view may ask of the extension without a command, and why. */
export const commandRule =
  (noCommand: Readonly<Record<string, string>>): Rule =>
  (files) => {
    const commands = commandsOf(files);
    const asked = files.filter(({ path }) => /^src\/protocol\/\w+View\.ts$/.test(path)).flatMap(({ path, text }) => [
      ...[...text.matchAll(/^ {4}'?([\w/]+)'?: \{ params:/gm)].map(([, name]) => ({ path, name: name!, command: undefined })),
      ...Object.entries(UNIONS).flatMap(([union, prefix]) => membersOf(text, union).map((name) => ({ path, name, command: prefix + name }))),
    ]);
    return [
      ...asked.filter(({ name, command }) => !(command && commands.includes(command)) && !(name in noCommand)).map(({ path, name, command }) => `${path}: "${name}" can be asked for by a view, and ${command ?? 'no command'} ${command ? 'is no command' : 'does it'}: whatever changes data or runs is a command (${COMMANDS}).`),
      ...Object.keys(noCommand).filter((name) => !asked.some((one) => one.name === name)).map((name) => `"${name}" is excused from being a command, and no view asks for it.`),
    ];
  };

/** `inTerminal`: for each command the word of `posttrain` that does the same. `windowOnly`: those that a terminal has no use for, and why. */
export const terminalRule =
  (inTerminal: Readonly<Record<string, string>>, windowOnly: Readonly<Record<string, string>>): Rule =>
  (files) => {
    const words = files.filter(({ path }) => path.startsWith('src/main/cli/')).flatMap(({ text }) => [...text.matchAll(/^ {2}name: '(\w+)',$/gm)].map(([, name]) => name!));
    const commands = commandsOf(files);
    return [
      ...commands.filter((id) => !(id in inTerminal) && !(id in windowOnly)).map((id) => `${COMMANDS}: ${id} is not in the terminal: add it to src/main/cli, or say why it needs a window.`),
      ...Object.entries(inTerminal).filter(([, word]) => !words.includes(word)).map(([id, word]) => `${id} should be "posttrain ${word}", which src/main/cli does not have.`),
      ...[...Object.keys(inTerminal), ...Object.keys(windowOnly)].filter((id) => !commands.includes(id)).map((id) => `${id} is no command of ${COMMANDS} any more.`),
    ];
  };

function commandsOf(files: readonly SourceFile[]): string[] {
  const text = files.find(({ path }) => path === COMMANDS)?.text ?? '';
  return [...text.matchAll(/^ {2}'(posttrain\.[\w.]+)':/gm)].map(([, id]) => id!);
}

function membersOf(text: string, union: string): string[] {
  const members = new RegExp(`^export type ${union} = ([^;]+);`, 'm').exec(text)?.[1] ?? '';
  return [...members.matchAll(/'(\w+)'/g)].map(([, name]) => name!);
}
