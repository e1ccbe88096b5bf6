/** Reads the words after a command's name into positionals, options and a method's parameters. Wrong ones are UsageErrors that say what is right. */

import { didYouMean } from '../../core/text.ts';
import { methods, paramsOf } from '../../methods/index.ts';
import { readValue } from '../../run/specCheck.ts';
import { paramSchema } from '../../run/specSchema.ts';
import type { SpecNode } from '../../run/specNode.ts';
import { parseSpecText } from '../../run/specText.ts';
import type { Param } from '../../methods/method.ts';
import type { Problem } from '../../core/problem.ts';
import { UsageError, type CliArguments, type CliCommand, type CliOption } from './command.ts';

export const globalOptions: readonly CliOption[] = [
  { name: 'help', type: 'boolean', description: 'Show this help.' },
  { name: 'debug', type: 'boolean', description: 'Show the stack of an error.' },
  { name: 'no-color', type: 'boolean', description: 'Print without colour.' },
];
const methodOption: CliOption = { name: 'method', type: 'string', value: 'ID', description: `Training method: ${methods.ids.join(', ')}. Its parameters are options too, such as --max_length 512.` };

export function optionsOf(command: CliCommand): readonly CliOption[] {
  return command.methodParams ? [...command.options, methodOption] : command.options;
}

/** `help` wins over everything that is wrong beside it. */
export function parseArguments(command: CliCommand, words: readonly string[]): CliArguments & { help: boolean } {
  const beforeEnd = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  if (beforeEnd.includes('--help') || beforeEnd.includes('-h')) return { positionals: [], options: {}, lists: {}, params: {}, help: true };
  const known = new Map([...optionsOf(command), ...globalOptions].map((option) => [canonical(option.name), option]));
  const method = command.methodParams ? methodIn(words) : undefined;
  const params = new Map(method === undefined ? [] : paramsOf(method).map((param): [string, Param] => [canonical(param.name), param]));
  const result: CliArguments = { positionals: [], options: {}, lists: {}, params: {} };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '--') {
      result.positionals.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-' || /^-\d/.test(word)) {
      result.positionals.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const key = canonical(name.replace(/^--?/, ''));
    const option = word.startsWith('--') ? known.get(key) : undefined;
    const param = word.startsWith('--') ? params.get(key) : undefined;
    if (!option && !param) {
      const names = [...known.values(), ...params.values()].map((o) => `--${o.name}`);
      const hint = command.overrides && methods.ids.some((id) => paramsOf(id).some((p) => canonical(p.name) === key)) ? ` Keys of the spec are written without dashes: ${key}=VALUE.` : command.methodParams && method === undefined && methods.ids.some((id) => paramsOf(id).some((p) => canonical(p.name) === key)) ? ' It is a parameter of a method: give --method as well.' : didYouMean(name, names);
      throw new UsageError(`"posttrain ${command.name}" has no option ${name}.${hint}`);
    }
    if (option?.type === 'boolean') {
      if (equals >= 0) throw new UsageError(`${name} takes no value.`);
      result.options[option.name] = true;
      continue;
    }
    let text = equals < 0 ? undefined : word.slice(equals + 1);
    if (text === undefined) {
      text = words[++i];
      if (text === undefined || (text.startsWith('--') && text.length > 2)) throw new UsageError(`${name} needs a value${option?.value ? ` (${option.value})` : ''}.`);
    }
    if (option?.repeats) (result.lists[option.name] ??= []).push(text);
    else if (option) result.options[option.name] = optionValue(option, text);
    else result.params[param!.name] = paramValue(param!, text);
  }
  const { min, max } = command.positionals;
  if (result.positionals.length < min) throw new UsageError(`"posttrain ${command.name}" needs ${command.usage.replace(command.name, '').trim() || 'more'}. See posttrain ${command.name} --help.`);
  if (result.positionals.length > max) throw new UsageError(`"${result.positionals[max]}" is one word too many for "posttrain ${command.name}". See posttrain ${command.name} --help.`);
  return { ...result, help: false };
}

function canonical(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

function methodIn(words: readonly string[]) {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const value = word === '--method' ? words[i + 1] : word.startsWith('--method=') ? word.slice('--method='.length) : undefined;
    if (value === undefined) continue;
    if (methods.has(value)) return value;
    throw new UsageError(`There is no method "${value}".${didYouMean(value, methods.ids)} Known: ${methods.ids.join(', ')}.`);
  }
  return undefined;
}

function optionValue(option: CliOption, text: string): string | number {
  if (option.type === 'string') return text;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || (option.type === 'integer' && !Number.isSafeInteger(value))) {
    throw new UsageError(`--${option.name} must be a ${option.type === 'integer' ? 'whole number' : 'number'}, not "${text}".`);
  }
  return value;
}

/** A method's parameter, by the rules of the run spec. */
function paramValue(param: Param, text: string): unknown {
  const asText: SpecNode = { kind: 'scalar', start: 0, end: 0, value: text, quoted: false };
  const parsed = param.type === 'string' || param.type === 'path' ? undefined : parseSpecText(text);
  const problems: Problem[] = [];
  const value = readValue(parsed?.value && parsed.problems.length === 0 ? parsed.value : asText, paramSchema(param), param.name, problems);
  if (problems[0]) throw new UsageError(`--${param.name} ${text}: ${problems[0].message}`);
  return value;
}
