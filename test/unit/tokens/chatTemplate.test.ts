/** Chat templates: what goes in, the assistant's spans, and what is said when one refuses or does not end. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '../../../src/dataset/example.ts';
import { ChatError, compileChatTemplate, renderChat } from '../../../src/tokens/chatTemplate.ts';
import { strftime } from '../../../src/tokens/templateGlobals.ts';

const turns: Message[] = [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello' }];
const render = (template: string, messages: Message[] = turns, opts = {}) => compileChatTemplate(template, 'models/tiny').render(messages, opts);

describe('inputs', () => {
  test('leave out keys that are null, as transformers does', () => {
    assert.equal(render("{{ messages[0].content is defined }}{{ messages[0]|length }}", [{ role: 'assistant', content: null, tool_calls: null }]).text, 'False1');
  });
  test('give reasoning under the names that templates read', () => {
    assert.equal(render('{{ messages[0].reasoning_content }}{{ messages[0].thinking }}', [{ role: 'assistant', content: 'x', reasoning: 'r' }]).text, 'rr');
  });
  test('of the row win over special tokens', () => {
    assert.equal(render('{{ eos_token }}', turns, { specialTokens: { eos_token: 'a' }, kwargs: { eos_token: 'b' } }).text, 'b');
  });
  test('do not change what they came from', () => {
    const messages: Message[] = [{ role: 'assistant', content: 'x', thinking: 't' }];
    render('{% for m in messages %}{{ m }}{% endfor %}', messages);
    assert.deepEqual(messages, [{ role: 'assistant', content: 'x', thinking: 't' }]);
  });
  test('may hold private-use characters', () => {
    const content = '\uf8f0\uf8ef\uf8ee';
    const { text, spans } = render('{% generation %}{{ messages[0].content }}{% endgeneration %}', [{ role: 'user', content }]);
    assert.deepEqual([text, spans], [content, [[0, 3]]]);
  });
});

describe('spans', () => {
  test('are where {% generation %} stood', () => {
    const { text, spans } = render('{% for m in messages %}{{ m.role }}:{% if m.role == "assistant" %}{% generation %}{{ m.content }}!{% endgeneration %}{% else %}{{ m.content }}{% endif %};{% endfor %}');
    assert.equal(text, 'user:Hi;assistant:Hello!;');
    assert.deepEqual(spans.map(([from, to]) => text.slice(from, to)), ['Hello!']);
  });
  test('are none without marks', () => {
    const template = compileChatTemplate('{{ messages[0].content }}');
    assert.equal(template.marksAssistant, false);
    assert.deepEqual(template.render(turns).spans, []);
  });
});

describe('a template', () => {
  test('that does not parse is named', () => {
    for (const source of ['{% if %}', '{{ "open', '{% for %}', '{% endif %}', '{{ 1 ', '{% unknown %}', '{# open']) {
      assert.throws(() => compileChatTemplate(source, 'models/tiny'), { name: 'UserError', code: 'bad-chat-template', message: /^The chat template of models\/tiny cannot be read: / }, source);
    }
  });
  test('that refuses turns says why, as a problem of the row', () => {
    assert.throws(() => render('{{ raise_exception("Roles must alternate") }}'), (error) => error instanceof ChatError && error.message === 'The chat template of models/tiny refuses these turns: Roles must alternate');
    assert.throws(() => render('{{ messages[0].name.upper() }}'), /"name" is undefined/);
  });
  test('that calls itself without end is stopped', () => {
    assert.throws(() => render('{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}'), ChatError);
  });
  test('that asks for an endless list is refused', () => {
    assert.throws(() => render('{% for i in range(1000000000) %}x{% endfor %}'), /range\(\) longer than 100000/);
  });
  test('whose lists or texts grow without end is refused', () => {
    assert.throws(() => render('{% set ns = namespace(a=range(9999)|list) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}'), /a list grew too long/);
    assert.throws(() => render("{% set ns = namespace(a='text') %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}"), /text grew too long/);
    assert.throws(() => render("{% set ns = namespace(a='aaaaaaaa') %}{% for i in range(99) %}{% set ns.a = ns.a.replace('a', 'aaaaaaaa') %}{% endfor %}"), /text grew too long/);
    assert.throws(() => render("{{ 'a' * 99999999999 }}"), ChatError);
  });
  test('is compiled once', () => {
    assert.equal(renderChat('{{ messages[0].content }}', turns), 'Hi');
    assert.equal(renderChat('{{ messages[0].content }}', turns), 'Hi');
  });
});

test('dates are written as in Python', () => {
  const date = new Date(2026, 2, 5, 15, 4, 9);
  assert.equal(strftime(date, '%Y-%m-%d %H:%M:%S %y %b %B %a %A %j %I %p %% %-d %e %Q'), '2026-03-05 15:04:09 26 Mar March Thu Thursday 064 03 PM % 5  5 %Q');
});
