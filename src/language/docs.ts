/** The page that explains every code, made from the checks themselves, so that it cannot be out of date. */

import type { CheckExample } from '../dataset/checks/check.ts';
import { checks, fileChecks, rowChecks, setChecks } from '../dataset/checks/index.ts';

/** Codes that come from elsewhere than the checks. */
export const otherCodes: Readonly<Record<string, string>> = {
  'checks-file': 'Something in the file of checks beside a dataset (`FILE.checks.json`) means nothing.',
  'more-problems': 'Not all problems of the file are listed (setting `posttrain.validation.maxProblems`).',
  'row-too-long': 'The row is too long to be read at all.',
  'format-not-accepted': 'Dry run: the method cannot use rows of this format, or this row of a format whose rows differ.',
  'row-dropped': 'Dry run: the method leaves the row out, and why; said too where TRL would not leave it out but stop the whole training.',
  'row-truncated': 'Dry run: the row is longer than `max_length` and is cut; a warning when something to be learnt is lost.',
  'row-rewritten': 'Dry run: the chat template or the tokenizer changes a text of the row, such as spaces at its ends, so that other words are learnt than are written.',
  'prompt-found': 'Dry run: where the prompt of a pair of plain texts ends that does not name it: at the end of what both answers begin with, which may take words of the answers.',
  'trl-differs': 'Dry run: TRL 1.16 would do something else with the row, mostly because it takes the kind of all rows from the first one. Where it stops, it stops the whole training.',
  'prompt-split': 'Dry run: the prompt alone tokenizes otherwise than with its answer, so the model is not asked as it was trained.',
  'spec-syntax': 'The run spec is not valid YAML (or JSON).',
  'spec-empty': 'The run spec is empty.',
  'spec-duplicate-key': 'A key is given twice.',
  'spec-unknown-key': 'Nobody knows the key; often a slip.',
  'spec-unknown-method': 'There is no such method.',
  'spec-other-method-key': 'The key belongs to another method.',
  'spec-removed-key': 'TRL or transformers removed or renamed the key; the message names its successor.',
  'spec-refused-key': 'A key of TRL that cannot be honoured here, where leaving it out would change the result.',
  'spec-ignored-key': 'A key of TRL that has no meaning here and changes nothing (info).',
  'spec-no-effect': 'The key has no effect beside the others (info or warning).',
  'spec-missing-key': 'A key that every run needs is missing.',
  'spec-wrong-type': 'The value has the wrong type.',
  'spec-out-of-range': 'The number is outside its range.',
  'spec-bad-value': 'The value is none of those that are possible.',
  'spec-bad-override': 'A `key=value` on the command line cannot be read.',
  'spec-conflict': 'Two values cannot work together.',
  'spec-pickle': 'A file that the spec names is a pickle of PyTorch, which can run code when it is read, so it is never opened.',
  'spec-missing-file': 'A file or folder that the spec names is not there, or is not what is needed.',
  'spec-output-exists': 'The output directory already holds a run.',
};

/** media/docs/checks.md */
export function checksMarkdown(): string {
  const rows = checks.entries.map(({ id, severity, title }) => `| [\`${id}\`](#${id}) | ${severity} | ${title} |`);
  return [
    '# What Posttrain checks',
    '',
    'The same checks run in the text editor, in the dataset editor and in `posttrain validate`. A code is never reused for another rule.',
    'How bad what one finds is taken to be (`error`, `warning`, `info` or `off`) says the setting `posttrain.checks`, by folder, and in a terminal `posttrain validate --severity CODE=LEVEL`.',
    'What is fine in one file or one row is ignored by a file beside it, `train.jsonl.checks.json`; no row is changed for it. The light bulb in the text editor and `posttrain ignore FILE CODE [--line N]` write it. It goes before the setting, and is read in the text editor, the dataset editor and the terminal. A row is known by what it says, so that an edited one is looked at again:',
    '',
    '```json',
    '{ "checks": { "blank-line": "off" }, "rows": { "8c0d…": ["special-token"] } }',
    '```',
    '',
    '<!-- Generated from src/dataset/checks and src/language/docs.ts by "npm run generate". -->',
    '',
    '| code | severity | what it finds |',
    '|---|---|---|',
    ...rows,
    '',
    ...fileChecks.flatMap(({ id, title, effect, examples }) => section(id, title, effect, examples.map(({ lines }) => shown(lines.join('\n') || '(an empty file)')))),
    ...rowChecks.flatMap(({ id, title, effect, examples }) => section(id, title, effect, examples.map(shownExample))),
    ...setChecks.flatMap(({ id, title, effect, examples }) => section(id, title, effect, examples.slice(0, 1).map(({ lines }) => shown(lines.slice(0, mostLines).join('\n'))))),
    '## Other codes',
    '',
    '| code | means |',
    '|---|---|',
    ...Object.entries(otherCodes).map(([code, means]) => `| \`${code}\` | ${means} |`),
    '',
  ].join('\n');
}

const mostExamples = 4;
const mostLines = 5;

function section(id: string, title: string, effect: string, examples: readonly string[]): string[] {
  return [`## ${id}`, '', `**${title}.** ${effect}`, '', '```diff', ...examples.slice(0, mostExamples), '```', ''];
}

/** The line, and below it the line as its quick fix leaves it. */
function shownExample({ line, fixed }: CheckExample): string {
  return fixed === undefined ? shown(line) : `${prefixed('-', line)}\n${prefixed('+', fixed)}`;
}

function shown(text: string): string {
  return prefixed(' ', text);
}

function prefixed(sign: string, text: string): string {
  return text
    .split('\n')
    .map((line) => `${sign} ${visible(line)}`.trimEnd())
    .join('\n');
}

/** What cannot be seen, or not be written as UTF-8, stands as an escape. */
function visible(line: string): string {
  return line.replace(/\t/g, '\\t').replace(/\r/g, '\\r').replace(/[\u200B-\u200D\u202A-\u202E\u2060\uFEFF]|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}
