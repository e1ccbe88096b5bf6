/** The names that a chat template can use: what transformers gives it, and the variables. */

import { Environment } from '@huggingface/jinja';
import { dictValue, entriesOf, functionValue, isDict, itemsOf, pythonStr, raise, textOf, toValue, type Value } from './pythonValues.ts';

/** Longest list that `range` makes, as in Jinja's sandbox. */
const maxRange = 100_000;

export function createEnvironment(variables: Readonly<Record<string, unknown>>): Environment {
  const env = new Environment();
  const define = (name: string, value: Value) => env.setVariable(name, value);
  for (const [name, value] of Object.entries({ true: true, True: true, false: false, False: false, none: null, None: null })) define(name, toValue(value));
  define('raise_exception', functionValue(([message]) => raise(message ? pythonStr(message) : 'the template refuses this conversation')));
  define('strftime_now', functionValue(([format]) => toValue(strftime(new Date(), textOf(format!)))));
  define('range', functionValue((args) => toValue(pythonRange(args.map((arg) => Number(arg.value))))));
  define('dict', functionValue((args) => dictValue(new Map(args.flatMap((arg) => (isDict(arg) ? [...entriesOf(arg)] : itemsOf(arg).map((pair): [string, Value] => [textOf(itemsOf(pair)[0]!), itemsOf(pair)[1]!])))))));
  for (const [name, value] of Object.entries(variables)) define(name, toValue(value));
  return env;
}

function pythonRange(args: number[]): number[] {
  const [start, stop, step] = args.length === 1 ? [0, args[0]!, 1] : [args[0]!, args[1]!, args[2] ?? 1];
  if (step === 0) raise('range() step must not be zero');
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > maxRange) raise(`range() longer than ${maxRange}`);
  return Array.from({ length }, (_, i) => start + i * step);
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** The date in Python's C locale, local time. */
export function strftime(date: Date, format: string): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const parts: Record<string, string> = {
    Y: String(date.getFullYear()), y: two(date.getFullYear() % 100), m: two(date.getMonth() + 1), d: two(date.getDate()), e: String(date.getDate()).padStart(2, ' '),
    B: months[date.getMonth()]!, b: months[date.getMonth()]!.slice(0, 3), A: days[date.getDay()]!, a: days[date.getDay()]!.slice(0, 3),
    H: two(date.getHours()), I: two(date.getHours() % 12 || 12), p: date.getHours() < 12 ? 'AM' : 'PM', M: two(date.getMinutes()), S: two(date.getSeconds()),
    j: String(Math.round((new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime() - new Date(date.getFullYear(), 0, 1).getTime()) / 86_400_000) + 1).padStart(3, '0'),
    '%': '%',
  };
  return format.replace(/%(-?)([A-Za-z%])/g, (whole, bare: string, key: string) => {
    const text = parts[key];
    return text === undefined ? whole : bare ? text.replace(/^[0 ]+(?=.)/, '') : text;
  });
}
