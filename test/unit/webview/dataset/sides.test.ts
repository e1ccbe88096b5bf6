/** The two sides of a pair: what differs, and the prompt that both begin with. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formats } from '../../../../src/dataset/formats/index.ts';
import { layoutRow } from '../../../../webview/dataset/rowLayout.ts';
import { compareSides } from '../../../../webview/dataset/sides.ts';

const sidesOf = (row: object, format: Parameters<typeof formats.get>[0]) => compareSides(layoutRow(JSON.stringify(row), formats.get(format).fields), new Map());

describe('the sides of a pair', () => {
  test('with a prompt of its own are compared whole', () => {
    const sides = sidesOf({ prompt: 'p', chosen: 'same\nblue', rejected: 'same\ngreen' }, 'preference')!;
    assert.equal(sides.shared, undefined);
    assert.deepEqual([...sides.marks].map(([id, { side, only, shared }]) => [id, side, only, shared]), [['chosen', 'chosen', [{ start: 5, end: 9 }], 0], ['rejected', 'rejected', [{ start: 5, end: 10 }], 0]]);
  });

  test('have no marks on the spaces around what differs, unless it is spaces that differ', () => {
    const only = (chosen: string, rejected: string) => [...sidesOf({ prompt: 'p', chosen, rejected }, 'preference')!.marks.values()].map((marks) => marks.only);
    assert.deepEqual(only('a cat sat', 'a sat'), [[{ start: 2, end: 5 }], []]);
    assert.deepEqual(only('a  b', 'a b')[0]!.length, 1);
  });

  test('with the prompt inside share its text up to the line where they part', () => {
    const sides = sidesOf({ chosen: '\n\nHuman: Hi\n\nAssistant: Hello', rejected: '\n\nHuman: Hi\n\nAssistant: Go away' }, 'preference-implicit')!;
    assert.deepEqual(sides.shared, { text: '\n\nHuman: Hi\n\n' });
    assert.equal(sides.marks.get('chosen')!.shared, 13);
    assert.equal(sidesOf({ chosen: 'The sky', rejected: 'The sea' }, 'preference-implicit')!.shared, undefined);
  });

  test('with the prompt inside share its turns, but never all of them', () => {
    const talk = (...texts: string[]) => texts.map((content, i) => ({ role: i % 2 ? 'assistant' : 'user', content }));
    const sides = sidesOf({ chosen: talk('a', 'b', 'c', 'yes'), rejected: talk('a', 'b', 'c', 'no', 'more') }, 'preference-implicit')!;
    assert.deepEqual('turns' in sides.shared! && sides.shared.turns.map(({ text }) => text), ['a', 'b', 'c']);
    assert.deepEqual([...sides.marks.keys()], ['chosen.3', 'rejected.3', 'rejected.4']);
    const same = sidesOf({ chosen: talk('a', 'b'), rejected: talk('a', 'b') }, 'preference-implicit')!;
    assert.deepEqual('turns' in same.shared! && same.shared.turns.length, 1);
  });

  test('that have almost nothing in common are not marked all over', () => {
    const { unlike, marks } = sidesOf({ prompt: 'p', chosen: 'Never, it locks everything.', rejected: 'Sure! Go on and try.' }, 'preference')!;
    assert.deepEqual([unlike, [...marks.values()].map(({ only }) => only)], [true, [[], []]]);
    assert.equal(sidesOf({ prompt: 'p', chosen: 'Same text but one word.', rejected: 'Same text but two words.' }, 'preference')!.unlike, false);
  });

  test('are none of a row without two answers', () => assert.equal(sidesOf({ prompt: 'p', completion: 'c', label: true }, 'unpaired-preference'), undefined));
});
