/** Every setting. What describes a run belongs in the run spec, not here, so this table stays short. */

import { formats } from '../../dataset/formats/index.ts';
import { checks } from '../../dataset/checks/index.ts';
import { checkLevels } from '../../language/checkRules.ts';
import { backends } from '../../methods/shared.ts';

export interface SettingSpec {
  default: string | number | boolean | Readonly<Record<string, unknown>>;
  /** Markdown. Says the unit where there is one. */
  description: string;
  /** `machine-overridable` for paths of programs; those are also ignored until a workspace is trusted. */
  scope?: 'application' | 'machine' | 'machine-overridable' | 'window' | 'resource';
  minimum?: number;
  maximum?: number;
  enum?: readonly string[];
  /** Of an object: its keys with what each is about, and what all of them can be. */
  keys?: { names: Readonly<Record<string, string>>; values: readonly string[] };
  /** Not read from an untrusted workspace: it names a program to run. */
  restricted?: true;
}

export const settings = {
  'posttrain.node.path': {
    default: '',
    description: 'Path of the Node.js program (20 or newer) that runs the trainer and the `posttrain` command. Empty: the one on the `PATH`, else the one inside VS Code.',
    scope: 'machine-overridable',
    restricted: true,
  },
  'posttrain.validation.enabled': {
    default: true,
    description: 'Check datasets and run specs while they are open, and list what is wrong in the Problems panel.',
    scope: 'resource',
  },
  'posttrain.validation.maxProblems': {
    default: 500,
    description: 'The largest number of problems listed for one file. The count of all of them is always given.',
    scope: 'resource',
    minimum: 1,
    maximum: 100_000,
  },
  'posttrain.checks': {
    default: {},
    description: 'How bad what a check of rows finds is taken to be, by its code: `{"secret": "error", "blank-line": "off"}`. In a terminal: `posttrain validate --severity CODE=LEVEL`.',
    scope: 'resource',
    keys: { names: Object.fromEntries(checks.entries.map(({ id, title }) => [id, title])), values: checkLevels },
  },
  'posttrain.dataset.format': {
    default: 'auto',
    description: 'The format of the rows of datasets. `auto` finds it from the first rows of each file.',
    scope: 'resource',
    enum: ['auto', ...formats.ids],
  },
  'posttrain.annotations.name': {
    default: '',
    description: 'Your name beside the labels that you give to rows. Asked for once when it is empty. It stands in the file of annotations and is sent nowhere.',
    scope: 'application',
  },
  'posttrain.annotations.seed': {
    default: 0,
    description: 'From this number follows which answer of a pair is shown as A while **Blind A/B** is on.',
    scope: 'resource',
    minimum: 0,
  },
  'posttrain.ask.backend': {
    default: 'auto',
    description: 'What computes the answers in a run’s panel. `auto` takes the fastest that works on this machine.',
    scope: 'machine-overridable',
    enum: backends,
  },
  'posttrain.runs.notificationsEnabled': {
    default: true,
    description: 'Say when a run has finished or failed while its panel is not in view.',
    scope: 'window',
  },
} as const satisfies Record<`posttrain.${string}`, SettingSpec>;

export type SettingId = keyof typeof settings;

type Widen<T> = T extends boolean ? boolean : T extends number ? number : T extends string ? string : Readonly<Record<string, unknown>>;
export type SettingValue<K extends SettingId> = Widen<(typeof settings)[K]['default']>;
