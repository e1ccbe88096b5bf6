/** Completion and hover inside a row: what is offered where, what it writes, and what it never touches. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formats } from '../../../src/dataset/formats/index.ts';
import { completionsAt, type Completion } from '../../../src/language/complete.ts';
import { hoverAt } from '../../../src/language/hover.ts';
import { placeAt } from '../../../src/language/place.ts';

/** `|` marks the cursor. */
function at(marked: string): [string, number] {
  return [marked.replace('|', ''), marked.indexOf('|')];
}
const complete = (marked: string, format?: string) => completionsAt(...at(marked), format === undefined ? undefined : formats.find(format));
const labels = (marked: string, format?: string) => complete(marked, format).map(({ label }) => label);

/** The line after a completion is taken, with the cursor where the snippet puts it. */
function taken(marked: string, format: string, label: string): string {
  const [text] = at(marked);
  const { start, end, newText, snippet }: Completion = complete(marked, format).find((one) => one.label === label)!;
  const written = snippet ? newText.replace(/(?<!\\)\$0/, '|').replace(/\\([\\$}])/g, '$1') : newText;
  return text.slice(0, start) + written + text.slice(end);
}

describe('completion', () => {
  test('offers the keys that are missing, the needed ones first', () => {
    assert.deepEqual(labels('{|}', 'preference'), ['prompt', 'chosen', 'rejected', 'margin', 'tools', 'chat_template_kwargs', 'images', 'image']);
    assert.deepEqual(labels('{"chosen": "a", |}', 'preference'), ['prompt', 'rejected', 'margin', 'tools', 'chat_template_kwargs', 'images', 'image']);
    assert.deepEqual(complete('{|}', 'messages').map(({ sort }) => sort[0]), ['0', '1', '1', '1', '1']);
  });

  test('writes the key with the start of its value', () => {
    assert.equal(taken('{|}', 'prompt-completion', 'prompt'), '{"prompt": "|"}');
    assert.equal(taken('{"prompt": "a", "|"}', 'prompt-completion', 'completion'), '{"prompt": "a", "completion": "|"}');
    assert.equal(taken('{|}', 'messages', 'messages'), '{"messages": [{"role": "user", "content": "|"}]}');
    assert.equal(taken('{|}', 'sharegpt', 'conversations'), '{"conversations": [{"from": "human", "value": "|"}]}');
    assert.equal(taken('{"messages": [], |}', 'messages', 'chat_template_kwargs'), '{"messages": [], "chat_template_kwargs": {|}}');
  });

  test('replaces a key that is there and leaves its value alone', () => {
    assert.equal(taken('{"pro|mt": "a", "completion": "b"}', 'prompt-completion', 'prompt'), '{"prompt": "a", "completion": "b"}');
  });

  test('puts a comma where more keys follow', () => {
    assert.equal(taken('{| "completion": "b"}', 'prompt-completion', 'prompt'), '{"prompt": "|", "completion": "b"}');
  });

  test('swallows nothing while a quote is open', () => {
    assert.equal(taken('{"prompt": "a", "comp|, "tools": []}', 'prompt-completion', 'completion'), '{"prompt": "a", "completion": "|", "tools": []}');
    assert.equal(taken('{"messages": [{"role": "us|, "content": "a"}]}', 'messages', 'user'), '{"messages": [{"role": "user", "content": "a"}]}');
  });

  test('offers roles, inside and outside of quotes, and keys of a turn', () => {
    const roles = ['system', 'developer', 'user', 'assistant', 'tool'];
    assert.deepEqual(labels('{"messages": [{"role": "|"}]}', 'messages'), roles);
    assert.deepEqual(labels('{"messages": [{"role": |}]}', 'messages'), roles);
    assert.deepEqual(labels('{"conversations": [{"from": "|"}]}', 'sharegpt'), ['system', 'human', 'gpt', 'function_call', 'observation']);
    assert.deepEqual(labels('{"reward_model": {"style": |}}', 'verl'), ['rule', 'model']);
    assert.deepEqual(labels('{"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "|', 'prompt-completion'), roles);
    assert.deepEqual(labels('{"messages": [{"role": "user", |}]}', 'messages'), ['content', 'name', 'tool_calls', 'tool_call_id', 'reasoning_content']);
  });

  test('offers whole rows in an empty line', () => {
    const rows = complete('|', 'preference');
    const plain = (snippet: string) => snippet.replace(/\$\{\d+:((?:[^\\}]|\\.)*)\}/g, '$1').replace(/\\([\\$}])/g, '$1');
    assert.deepEqual(rows.map(({ newText }) => JSON.parse(plain(newText)) as unknown), formats.get('preference').examples);
    for (const format of formats.entries) assert.deepEqual(complete('|', format.id).map(({ newText }) => JSON.parse(plain(newText)) as unknown), format.examples);
    assert.match(rows[0]!.newText, /^\{"prompt": "\$\{1:The sky is\}", "chosen": "\$\{2: blue\.\}"/);
    assert.equal(complete('  |').length, formats.entries.reduce((sum, { examples }) => sum + examples.length, 0));
  });

  test('offers nothing inside text, behind the row, or without a format', () => {
    assert.deepEqual(labels('{"prompt": "a | b"}', 'prompt-completion'), []);
    assert.deepEqual(labels('{"prompt": "a"} |', 'prompt-completion'), []);
    assert.deepEqual(labels('{|}'), []);
    assert.deepEqual(labels('{"meta": {"|"}}', 'prompt-completion'), []);
  });
});

describe('hover', () => {
  const hover = (marked: string, format: string) => hoverAt(...at(marked), formats.find(format));

  test('explains keys and roles of the format', () => {
    assert.match(hover('{"pro|mpt": "a"}', 'prompt-completion')!.markdown, /^\*\*prompt\*\* \(text or list, needed\)\n\nWhat the model is given/);
    assert.match(hover('{"messages": [{"ro|le": "user"}]}', 'messages')!.markdown, /Who speaks/);
    assert.match(hover('{"messages": [{"role": "us|er"}]}', 'messages')!.markdown, /Who speaks/);
    assert.match(hover('{"conversations": [{"from": "gp|t"}]}', 'sharegpt')!.markdown, /`gpt` answers/);
    assert.equal(hover('{"conversations": [{"from": "gpt", "value": "te|xt"}]}', 'sharegpt'), undefined);
    assert.match(hover('{"prompt": "a", "answ|er": "b"}', 'prompt-only')!.markdown, /reward functions/);
  });

  test('says nothing about text, and never shows any as Markdown', () => {
    assert.equal(hover('{"prompt": "a|b"}', 'prompt-completion'), undefined);
    assert.ok(!hover('{"[x](command:evil)|": 1}', 'prompt-only')!.markdown.includes('evil'));
  });
});

test('a place is found in any broken row', () => {
  const text = '{"messages": [{"role": "user", "content": "a"}, {"role": , "x" }], "tools": "[]", }';
  for (let cut = 0; cut <= text.length; cut++) for (let offset = 0; offset <= cut; offset++) placeAt(text.slice(0, cut), offset);
});
