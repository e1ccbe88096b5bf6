/** Turns the tables of this folder into the generated blocks of package.json and into package.nls.json. Imports nothing from VS Code. */

import { CATEGORY, commands, type CommandSpec } from './commands.ts';
import { editors, panels } from './editors.ts';
import { keybindings } from './keybindings.ts';
import { grammars, languages } from './languages.ts';
import { menus } from './menus.ts';
import { settings, type SettingSpec } from './settings.ts';
import { viewContainer, views, viewsWelcome } from './views.ts';
import { walkthrough } from './walkthroughs.ts';

export interface Contributions {
  /** These keys of package.json are replaced as a whole. */
  manifest: { extensionKind: string[]; capabilities: object; activationEvents: string[]; contributes: Record<string, unknown> };
  /** The whole of package.nls.json. */
  nls: Record<string, string>;
}

export function contributions(): Contributions {
  const nls: Record<string, string> = {};
  const localized = (key: string, text: string) => {
    if (key in nls) throw new Error(`Two texts of the manifest have the key "${key}".`);
    nls[key] = text;
    return `%${key}%`;
  };
  const contributes = {
    commands: commandList(localized),
    menus: { ...menus, commandPalette: paletteRules() },
    ...(keybindings.length > 0 ? { keybindings } : {}),
    configuration: { title: CATEGORY, properties: settingProperties(localized) },
    viewsContainers: { activitybar: [viewContainer] },
    views: { [viewContainer.id]: views.map((view) => ({ ...view, name: localized(`${view.id}.name`, view.name) })) },
    viewsWelcome: viewsWelcome.map(({ key, contents, ...rest }) => ({ ...rest, contents: localized(`${rest.view}.welcome.${key}`, contents) })),
    customEditors: editors.map((editor) => ({
      viewType: editor.viewType,
      displayName: localized(`${editor.viewType}.displayName`, editor.displayName),
      priority: editor.priority,
      selector: editor.patterns.map((filenamePattern) => ({ filenamePattern })),
    })),
    walkthroughs: [walkthroughEntry(localized)],
    ...(languages.length > 0 ? { languages } : {}),
    ...(grammars.length > 0 ? { grammars } : {}),
  };
  const manifest: Contributions['manifest'] = {
    extensionKind: ['workspace'], // data and training live where the workspace lives: SSH host, container, this machine
    capabilities: capabilities(localized),
    activationEvents: activationEvents(),
    contributes,
  };
  return { manifest, nls };
}

type Localize = (key: string, text: string) => string;

function commandList(localized: Localize): object[] {
  return (Object.entries(commands) as [string, CommandSpec][]).map(([command, spec]) => ({
    command,
    title: localized(`${command}.title`, spec.title),
    category: CATEGORY,
    ...(spec.shortTitle ? { shortTitle: localized(`${command}.shortTitle`, spec.shortTitle) } : {}),
    ...(spec.icon ? { icon: spec.icon } : {}),
    ...(spec.enablement ? { enablement: spec.enablement } : {}),
  }));
}

function paletteRules(): object[] {
  return (Object.entries(commands) as [string, CommandSpec][]).flatMap(([command, { palette }]) => (palette === undefined ? [] : [{ command, when: palette === false ? 'false' : palette }]));
}

function settingProperties(localized: Localize): Record<string, object> {
  const properties: Record<string, object> = {};
  for (const [id, spec] of Object.entries(settings) as [string, SettingSpec][]) {
    const { description, restricted: _, default: value, enum: allowed, keys, ...rest } = spec;
    properties[id] = {
      type: typeof value,
      default: value,
      ...(allowed ? { enum: allowed } : {}),
      ...(keys ? { properties: keyProperties(id, keys, localized), additionalProperties: false } : {}),
      ...rest,
      markdownDescription: localized(`${id}.description`, description),
    };
  }
  return properties;
}

function keyProperties(id: string, { names, values }: NonNullable<SettingSpec['keys']>, localized: Localize): Record<string, object> {
  return Object.fromEntries(Object.entries(names).map(([name, about]) => [name, { type: 'string', enum: values, description: localized(`${id}.${name}`, about) }]));
}

function walkthroughEntry(localized: Localize): object {
  const key = `posttrain.walkthrough.${walkthrough.id}`;
  return {
    id: walkthrough.id,
    title: localized(`${key}.title`, walkthrough.title),
    description: localized(`${key}.description`, walkthrough.description),
    steps: walkthrough.steps.map((step) => ({
      id: step.id,
      title: localized(`${key}.${step.id}.title`, step.title),
      description: localized(`${key}.${step.id}.description`, step.description),
      media: { markdown: `media/walkthrough/${step.media}.md` },
      completionEvents: [step.done],
    })),
  };
}

function capabilities(localized: Localize): object {
  const restrictedConfigurations = (Object.entries(settings) as [string, SettingSpec][]).filter(([, spec]) => spec.restricted).map(([id]) => id);
  return {
    untrustedWorkspaces: {
      supported: 'limited',
      description: localized('posttrain.untrusted', 'Datasets can be edited and checked. Training, asking models, showing tokens and the Posttrain terminal wait until the workspace is trusted, because they run programs that its files describe.'),
      restrictedConfigurations,
    },
    virtualWorkspaces: {
      supported: 'limited',
      description: localized('posttrain.virtual', 'Datasets can be viewed, edited and checked. Training needs a folder on a real disk.'),
    },
  };
}

/** Commands, views and custom editors activate by themselves; these are the events that VS Code cannot work out. */
function activationEvents(): string[] {
  return ['onLanguage:jsonl', 'onLanguage:yaml', 'workspaceContains:**/*.posttrain.{yaml,yml,json}', ...panels.map((panel) => `onWebviewPanel:${panel}`)];
}
