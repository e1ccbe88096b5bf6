/** Rules about package.json as VS Code reads it: every name leads somewhere, every text can be translated. */

import type { Rule } from './source.ts';

interface Manifest {
  activationEvents?: string[];
  contributes?: {
    commands?: { command: string; title?: string; icon?: unknown }[];
    menus?: Record<string, { command?: string; submenu?: string }[]>;
    keybindings?: { command: string }[];
    configuration?: { properties?: Record<string, Record<string, unknown>> };
    [kind: string]: unknown;
  };
}

/** Keys of contributions that a person reads. */
const SPOKEN = new Set(['title', 'shortTitle', 'description', 'markdownDescription', 'displayName', 'contents', 'enumDescriptions', 'markdownEnumDescriptions', 'label', 'deprecationMessage']);

export const manifestRule: Rule = (files) => {
  const text = (path: string) => files.find((file) => file.path === path)?.text;
  const manifest = JSON.parse(text('package.json') ?? '{}') as Manifest & Record<string, unknown>;
  const nls = JSON.parse(text('package.nls.json') ?? '{}') as Record<string, string>;
  const { contributes = {} } = manifest;
  const problems: string[] = [];
  const commands = new Map((contributes.commands ?? []).map((entry) => [entry.command, entry]));

  for (const [id, { title }] of commands) {
    if (!/^posttrain(\.[a-z][A-Za-z0-9]*)+$/.test(id)) problems.push(`The command ${id} is not named posttrain.something.`);
    if (!title) problems.push(`The command ${id} has no title.`);
  }
  const used = [...Object.values(contributes.menus ?? {}).flat().map((item) => item.command), ...(contributes.keybindings ?? []).map((key) => key.command)];
  for (const id of used) if (id?.startsWith('posttrain.') && !commands.has(id)) problems.push(`A menu or key names the command ${id}, which is not contributed.`);

  for (const [id, setting] of Object.entries(contributes.configuration?.properties ?? {})) {
    if (!/^posttrain(\.[a-z][A-Za-z0-9]*){1,2}$/.test(id)) problems.push(`The setting ${id} is not named posttrain.area.name.`);
    if (!('default' in setting)) problems.push(`The setting ${id} has no default.`);
    if (!setting.markdownDescription) problems.push(`The setting ${id} has no markdownDescription.`);
    if (setting.type === 'boolean' && !/[Ee]nabled$/.test(id)) problems.push(`The setting ${id} is a yes or no: its name ends in "enabled".`);
    if (/\.path$/i.test(id) && setting.scope !== 'machine-overridable') problems.push(`The setting ${id} names a program: its scope is machine-overridable.`);
  }
  for (const event of manifest.activationEvents ?? []) if (/^(\*|onCommand:|onView:|onCustomEditor:)/.test(event)) problems.push(`The activation event ${event} is implied or far too wide.`);

  const keys = new Set<string>();
  visit(manifest, '', (key, value, where) => {
    const ref = /^%(.+)%$/.exec(value)?.[1];
    if (ref) {
      keys.add(ref);
      if (!(ref in nls)) problems.push(`${where} says %${ref}%, which package.nls.json does not have.`);
    } else if (where.startsWith('contributes') && SPOKEN.has(key) && /[A-Za-z]{2}/.test(value) && value !== 'Posttrain' && !/\.(id|schema)\b/.test(where)) {
      problems.push(`${where} is "${value}": a text that a person reads belongs in package.nls.json.`);
    }
  });
  for (const key of Object.keys(nls)) if (!keys.has(key)) problems.push(`package.nls.json has ${key}, which nothing uses.`);
  return problems;
};

/** Files that the manifest points to are there. `exists` is asked for a path from the root. */
export const manifestFilesRule =
  (exists: (path: string) => boolean): Rule =>
  (files) => {
    const manifest = JSON.parse(files.find(({ path }) => path === 'package.json')?.text ?? '{}') as Record<string, unknown>;
    const problems: string[] = [];
    visit({ icon: manifest.icon, contributes: manifest.contributes }, '', (_key, value, where) => {
      if (/^(\.\/)?(media|syntaxes|dist)\/[\w./-]+$/.test(value) && !exists(value.replace(/^\.\//, ''))) problems.push(`${where} is ${value}, which is not there.`);
    });
    return problems;
  };

function visit(node: unknown, where: string, each: (key: string, value: string, where: string) => void, key = ''): void {
  if (typeof node === 'string') each(key, node, where);
  else if (Array.isArray(node)) node.forEach((item, i) => visit(item, `${where}[${i}]`, each, key));
  else if (node && typeof node === 'object') for (const [name, value] of Object.entries(node)) visit(value, where ? `${where}.${name}` : name, each, name);
}
