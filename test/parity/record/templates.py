"""Records what transformers makes of small chat templates, one for each thing that templates do. Replayed by test/parity/templates.test.ts.

Run:  python test/parity/record/templates.py        (in a venv with requirements.txt; CPU)
It writes test/parity/templates.json.
"""

import json
from pathlib import Path

import jinja2
import transformers
from transformers.utils.chat_template_utils import render_jinja_template

OUT = Path(__file__).resolve().parents[1] / "templates.json"

# Each is rendered with MESSAGES, TOOLS and KWARGS below.
SNIPPETS = [
    # what values print as
    "{{ none }}|{{ true }}|{{ false }}|{{ 1 }}|{{ 1.0 }}|{{ 2.5 }}|{{ 0.0000001 }}|{{ missing }}|{{ 'x' }}",
    "{{ [1, 'a', none, true, 2.0] }}|{{ {'a': 1, 'b': [\"it's\"]} }}|{{ (1, 2) }}|{{ [] }}|{{ {} }}",
    "{{ ['quo\"te', 'bo\\'th\"', 'new\\nline', 'tab\\t', 'é日🎉', '\\u00a0', '\\x07', 'back\\\\slash'] }}",
    "{{ settings }}|{{ settings.depth }}|{{ settings['flag'] }}|{{ settings.nothing }}|{{ settings.missing }}",
    "{{ 'a' ~ 1 ~ none ~ true ~ [1] ~ missing }}",
    "{{ 3 / 2 }}|{{ 4 / 2 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ -7 % 3 }}|{{ 2 ** 3 }}|{{ 1 + 2 * 3 }}|{{ 'ab' * 3 }}|{{ -3 }}|{{ 10 - 3 - 2 }}",
    # comparing
    "{{ 1 == 1.0 }}|{{ '1' == 1 }}|{{ true == 1 }}|{{ none == false }}|{{ '' == none }}|{{ [] == [] }}|{{ [1, {'a': 2}] == [1, {'a': 2}] }}|{{ missing == none }}|{{ missing == missing2 }}",
    "{{ 'a' != 'b' }}|{{ [1] != [2] }}|{{ 1 < 2 }}|{{ 'a' < 'b' }}|{{ 'Z' < 'a' }}|{{ 2 >= 2 }}",
    "{{ 'a' in 'cat' }}|{{ 'x' not in 'cat' }}|{{ 1 in [1, 2] }}|{{ none in [none] }}|{{ [1] in [[1]] }}|{{ 'depth' in settings }}|{{ 'zz' in settings }}|{{ '1' in [1] }}|{{ 'a' in missing }}",
    "{{ 1 and 2 }}|{{ 0 or 'x' }}|{{ not '' }}|{{ not [0] }}|{{ [] or {} or none or 0 }}|{{ 'a' if missing else 'b' }}|{{ ('a' if false) }}",
    # tests
    "{{ x is defined }}|{{ settings is mapping }}|{{ messages is iterable }}|{{ settings is iterable }}|{{ 'a' is string }}|{{ 1 is number }}|{{ true is number }}|{{ 1.5 is float }}|{{ 1 is integer }}|{{ none is none }}|{{ settings.nothing is none }}|{{ missing is none }}|{{ 'a' is sequence }}|{{ settings is sequence }}|{{ true is boolean }}|{{ 3 is odd }}|{{ 4 is even }}|{{ 'a' is lower }}|{{ 'A' is upper }}|{{ true is true }}|{{ 1 is true }}",
    "{{ 'a' is not string }}|{{ missing is not defined }}|{{ missing is undefined }}|{{ raise_exception is callable }}",
    # text methods
    "[{{ '\\n a \\n'.strip() }}][{{ '\\n a \\n'.strip('\\n') }}][{{ '\\n\\n  a'.lstrip('\\n') }}][{{ 'a  \\n'.rstrip('\\n') }}][{{ 'xxaxx'.strip('x') }}][{{ '\\ufeff a\\x1c'.strip() }}]",
    "{{ 'a,b,,c'.split(',') }}|{{ 'a b  c'.split() }}|{{ ' a  b c '.split(none, 1) }}|{{ 'a,b,c'.split(',', 1) }}|{{ 'a,b,c'.rsplit(',', 1) }}|{{ 'a<t>b<t>c'.split('<t>')[-1] }}|{{ 'l1\\nl2\\r\\nl3\\n'.splitlines() }}",
    "{{ 'Hello'.upper() }}|{{ 'Hello'.lower() }}|{{ 'hello wORLD'.title() }}|{{ 'hELLO'.capitalize() }}|{{ 'aXbX'.replace('X', '-') }}|{{ 'aXbX'.replace('X', '-', 1) }}|{{ 'ab'.replace('', '-') }}|{{ 'ab'.replace('', '-', 2) }}|{{ 'aXX'|replace('X', '-', 1) }}|{{ 'a'.replace('b', 'c', 0) }}",
    "{{ 'hello'.startswith('he') }}|{{ 'hello'.endswith(('lo', 'x')) }}|{{ 'hello'.find('l') }}|{{ 'hello'.find('z') }}|{{ 'hello'.rfind('l') }}|{{ 'hello'.count('l') }}|{{ '-'.join(['a', 'b']) }}|{{ '12'.isdigit() }}|{{ ' '.isspace() }}|{{ 'prefix-x'.removeprefix('prefix-') }}|{{ 'x.md'.removesuffix('.md') }}",
    "{{ '🎉ab'[0] }}|{{ '🎉ab'[-1] }}|{{ '🎉ab'[1:] }}|{{ '🎉ab'|length }}|{{ 'abc'[::-1] }}|{{ 'abc'[5:] }}|{{ [1, 2, 3][1:] }}|{{ [1, 2, 3][:-1] }}|{{ [1, 2, 3][::2] }}|{{ [1, 2, 3][-1] }}",
    "{{ '%s has %d' % ('a', 3) }}|{{ '%s' % 'x' }}",
    # filters
    "{{ [1, 2]|tojson }}|{{ settings|tojson }}|{{ '<b>&\"é日\\n' | tojson }}|{{ none|tojson }}|{{ 1.0|tojson }}",
    "{{ tools|tojson(indent=2) }}",
    "{{ {'b': 1, 'a': [], 'c': {}}|tojson(indent=4, sort_keys=true) }}|{{ {'a': 1, 'b': [1, 2]}|tojson(separators=(',', ':')) }}|{{ 'é'|tojson(ensure_ascii=true) }}",
    "[{{ '  a '|trim }}][{{ none|trim }}][{{ missing|trim }}][{{ 5|trim }}]|{{ 5|string + 'x' }}|{{ [1]|string }}|{{ true|string }}|{{ 'ab'|upper }}|{{ 'AB'|lower }}|{{ 'aB'|capitalize }}",
    "{{ [3, 1, 2]|sort }}|{{ ['b', 'A', 'c']|sort }}|{{ [1, 2]|reverse|list }}|{{ [1, 2, 2]|unique|list }}|{{ [1, 2]|first }}|{{ [1, 2]|last }}|{{ []|first }}|{{ 'abc'|list }}|{{ settings|list }}|{{ settings|length }}|{{ missing|length }}",
    "{{ [1, none, 'a']|join('-') }}|{{ messages|join(',', attribute='role') }}|{{ messages|map(attribute='role')|list }}|{{ [' a ', 'b ']|map('trim')|list }}|{{ ['a']|map('upper')|join }}",
    "{{ messages|selectattr('role', 'equalto', 'user')|list|length }}|{{ messages|rejectattr('role', 'equalto', 'user')|map(attribute='role')|join(',') }}|{{ messages|selectattr('tool_calls')|list|length }}|{{ messages|selectattr('tool_calls', 'defined')|list|length }}|{{ [0, 1, '']|select|list }}|{{ [1, 'a']|select('string')|list }}|{{ [1, 'a']|reject('string')|list }}",
    "{{ missing|default('d') }}|{{ none|default('d') }}|{{ none|default('d', true) }}|{{ ''|default('d', boolean=true) }}|{{ '5'|int + 1 }}|{{ 'x'|int }}|{{ '2.5'|float }}|{{ -3|abs }}|{% for k, v in settings|items %}{{ k }}:{{ v }} {% endfor %}|{% for k, v in settings|dictsort %}{{ k }} {% endfor %}",
    "{{ 'a\\nb\\n\\nc'|indent(2) }}|{{ 'a\\nb'|indent(2, true) }}|{{ 'aXb'|replace('X', '-') }}",
    # dictionaries
    "{{ settings.get('depth') }}|{{ settings.get('zz') }}|{{ settings.get('zz', 'd') }}|{% for k, v in settings.items() %}{{ k }}={{ v }};{% endfor %}|{{ settings.keys()|list }}|{{ settings.values()|list }}",
    "{% set t = tools[0].function.parameters.properties %}{{ t.list['items'] }}|{{ t.list.type }}|{% for k in t %}{{ k }},{% endfor %}",
    "{{ dict(a=1, b='x') }}|{{ dict(settings, depth=9)|tojson }}",
    # loops
    "{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.previtem.role if loop.previtem is defined }}{{ loop.nextitem.role if not loop.last }};{% endfor %}",
    "{% for x in [1, 2, 3, 4, 5] %}{{ x }}{% if x == 2 %}{% continue %}{% endif %}{% if x == 4 %}!{% break %}{% endif %},{% endfor %}",
    "{% for x in [] %}{{ x }}{% else %}empty{% endfor %}|{% for x in missing %}a{% else %}none{% endfor %}|{% for x in [1, 2, 3] if x != 2 %}{{ loop.index }}:{{ x }} {% endfor %}|{% for c in 'ab' %}[{{ c }}]{% endfor %}|{% for i in range(3) %}{{ i }}{% endfor %}|{% for i in range(1, 6, 2) %}{{ i }}{% endfor %}|{% for i in range(3, 0, -1) %}{{ i }}{% endfor %}",
    "{% set x = 'out' %}{% for i in [1, 2] %}{{ x }}{% set x = 'in' %}{{ x }}{% endfor %}{{ x }}",
    "{% set ns = namespace(n=0, seen=[]) %}{% for i in [1, 2, 3] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
    "{% for a, b in [(1, 2), [3, 4]] %}{{ a }}-{{ b }} {% endfor %}|{% set p, q = 1, 2 %}{{ p }}{{ q }}|{% for m in messages %}{{ loop.cycle('odd', 'even') }}{% endfor %}",
    # blocks, macros, white space
    "{% macro greet(name, mark='!') %}hi {{ name }}{{ mark }}{% endmacro %}{{ greet('a') }}{{ greet('b', '?') }}{{ greet(mark='.', name='c') }}",
    "{% macro outer(x) %}<{{ x }}{{ caller() }}>{% endmacro %}{% call outer('a') %}inside{% endcall %}",
    "{% set block %}  text {{ 1 }}\n{% endset %}[{{ block }}]|{% filter upper %}shout {{ 'x' }}{% endfilter %}",
    "a\n  {% if true %}\n    b\n  {% endif %}\nc\n{#- comment -#}\n  d {{- ' e ' -}} f\n",
    "{%- if false -%} x {%- elif 1 == 1 -%} y {%- else -%} z {%- endif -%}\n\n tail \n",
    "line {# one #}\ntwo\r\nthree\n\n",
    "{{ 'con' 'cat' }}|{{ \"dq\" }}|{{ 'esc\\'aped' }}|{{ '{{ not code }}' }}",
    # conversations
    "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m['content'] }}{% if m.tool_calls %}{% for c in m.tool_calls %}{{ c.function.name }}({{ c.function.arguments|tojson }}){% endfor %}{% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}{{ eos_token }}",
    "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}</s>{% endgeneration %}{% else %}{{ m.role }}{% endif %}\n{% endfor %}",
    "{% for m in messages %}\n    {%- if m.role == 'assistant' %}\n        {%- generation -%}\n        {{ m.content }}\n        {%- endgeneration %}\n    {%- endif %}\n  {% generation %}\n  x\n  {% endgeneration %}\n{% endfor %}",
    "{{ messages[-1].reasoning_content }}|{{ messages[-1].thinking }}|{{ messages[-1].reasoning }}|{{ messages|length }}",
    "{{ documents }}|{{ enable_thinking }}|{{ custom }}|{{ tools is none }}",
    # what is refused
    "{{ raise_exception('not like this') }}",
    "{{ missing.attribute }}",
    "{{ 'a' + 1 }}",
    "{{ messages[0].content.nothing() }}",
    "{{ missing|tojson }}",
    "{% for m in 5 %}{% endfor %}",
    "{% if %}",
    "{{ 'open",
]

MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi 🎉\n there "},
    {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": {"name": "weather", "arguments": {"city": "Oslo", "n": 1, "ok": True, "no": None}}}]},
    {"role": "tool", "content": "4"},
    {"role": "assistant", "content": "Done é", "reasoning": "because"},
]
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "list": {"type": "array", "items": {"type": "string"}}}}}}]
KWARGS = {"x": 1, "settings": {"depth": 2, "flag": True, "nothing": None, "name": "é"}, "custom": "given", "bos_token": "<s>", "eos_token": "</s>"}


def main():
    recorded = []
    for snippet in SNIPPETS:
        messages = [{key: value for key, value in message.items() if value is not None} for message in MESSAGES]
        try:
            texts, spans = render_jinja_template([messages], tools=TOOLS, chat_template=snippet, add_generation_prompt=True, return_assistant_tokens_mask=True, **KWARGS)
            recorded.append({"template": snippet, "text": texts[0], "spans": spans[0]})
        except Exception as error:  # noqa: BLE001
            recorded.append({"template": snippet, "error": f"{type(error).__name__}: {error}"[:120]})
    versions = {"transformers": transformers.__version__, "jinja2": jinja2.__version__}
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in recorded)
    head = json.dumps({"versions": versions, "messages": MESSAGES, "tools": TOOLS, "kwargs": KWARGS}, ensure_ascii=False)
    OUT.write_text(f'{head[:-1]},\n"cases":[\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{len(recorded)} templates, {sum('error' in case for case in recorded)} refused")
    for case in recorded:
        if "error" in case:
            print(repr(case["template"][:60]), case["error"])


if __name__ == "__main__":
    main()
