/** Words on the command line: options in every spelling, a method's parameters by the run spec's rules, mistakes with the way out. */

import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { parseArguments } from '../../../src/main/cli/arguments.ts';
import type { CliCommand } from '../../../src/main/cli/command.ts';
import { commandHelp } from '../../../src/main/cli/help.ts';

const command: CliCommand = {
  name: 'demo',
  summary: 'Shows.',
  usage: 'demo FILE… [options]',
  options: [
    { name: 'json', type: 'boolean', description: 'J.' },
    { name: 'max_problems', type: 'integer', value: 'N', description: 'M.' },
    { name: 'temperature', type: 'number', value: 'T', description: 'T.' },
    { name: 'prompt', type: 'string', value: 'TEXT', description: 'P.' },
    { name: 'also', type: 'string', value: 'FILE', repeats: true, description: 'A.' },
  ],
  positionals: { min: 1, max: 2 },
  methodParams: true,
  run: () => Promise.resolve(0),
};
const parse = (...words: string[]) => {
  const { positionals, options, params } = parseArguments(command, words);
  return { positionals, options, params };
};

describe('parseArguments', () => {
  test('options in every spelling', () => {
    for (const words of [['--max_problems', '3'], ['--max-problems', '3'], ['--max_problems=3'], ['--MAX-problems=3']]) assert.equal(parse('f', ...words).options.max_problems, 3);
    assert.deepEqual(parse('--json', 'f', '--temperature', '-0.5', 'g'), { positionals: ['f', 'g'], options: { json: true, temperature: -0.5 }, params: {} });
    assert.equal(parse('f', '--prompt', '').options.prompt, '');
    assert.equal(parse('f', '--prompt=--json').options.prompt, '--json');
    assert.equal(parse('f', '--prompt', '-5 degrees').options.prompt, '-5 degrees');
    assert.equal(parse('f', '--prompt=a=b').options.prompt, 'a=b');
    assert.deepEqual(parse('--', '--json').positionals, ['--json']);
    assert.deepEqual(parse('-', '-5').positionals, ['-', '-5']);
  });
  test('parameters of the method', () => {
    assert.deepEqual(parse('f', '--max-length', '64', '--method', 'sft', '--completion_only_loss=false', '--learning_rate=1e-4').params, { max_length: 64, completion_only_loss: false, learning_rate: 1e-4 });
    assert.equal(parse('f', '--method=sft', '--max_length', 'null').params.max_length, null);
    assert.equal(parse('f', '--method', 'sft', '--max_problems', '2').options.max_problems, 2);
  });
  test('options that may be given several times are lists', () => {
    assert.deepEqual(parseArguments(command, ['f', '--also', 'a', '--also=b']).lists, { also: ['a', 'b'] });
    assert.deepEqual(parseArguments(command, ['f']).lists, {});
  });
  test('--help wins', () => {
    assert.equal(parseArguments(command, ['--nonsense', '--help']).help, true);
    assert.equal(parseArguments(command, ['-h']).help, true);
  });
  const mistakes: [string[], RegExp][] = [
    [[], /needs FILE/],
    [['a', 'b', 'c'], /"c" is one word too many/],
    [['f', '--jsno'], /no option --jsno\. Did you mean "--json"\?/],
    [['f', '-x'], /no option -x/],
    [['f', '--json=1'], /takes no value/],
    [['f', '--max_problems'], /needs a value \(N\)/],
    [['f', '--max_problems', '--json'], /needs a value/],
    [['f', '--max_problems', '1.5'], /must be a whole number, not "1.5"/],
    [['f', '--max_problems', ''], /whole number/],
    [['f', '--temperature', 'hot'], /must be a number/],
    [['f', '--temperature', 'Infinity'], /must be a number/],
    [['f', '--method', 'stf'], /no method "stf"\. Did you mean "sft"\?/],
    [['f', '--max_length', '5'], /give --method as well/],
    [['f', '--method', 'sft', '--max_length', '-5'], /at least 1/],
    [['f', '--method', 'sft', '--max_lenght', '5'], /Did you mean "--max_length"\?/],
  ];
  for (const [words, message] of mistakes) test(`mistake: ${words.join(' ') || 'nothing'}`, () => assert.throws(() => parse(...words), (error: Error) => error.name === 'UsageError' && message.test(error.message)));
});

test('a key of the spec given as an option is answered with how to write it', () => {
  assert.throws(() => parseArguments({ ...command, methodParams: false, overrides: true }, ['f', '--learning-rate', '1']), /learning_rate=VALUE/);
});

test('help names every option with its value', () => {
  const help = commandHelp(command);
  for (const words of ['Usage: posttrain demo FILE…', '--json ', '--max_problems N', '--method ID', '--help', '--debug']) assert.ok(help.includes(words), words);
});
