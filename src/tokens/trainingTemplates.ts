/**
 * Known chat templates, marked for assistant_only_loss: where the assistant's words begin and end in the model's own template. TRL 1.16
 * replaces the same templates by files of its own (`get_training_chat_template`); here a template that is recognised by its hash is edited
 * in a few places, to the same text and the same spans. Some are changed beyond the marks, as there: see `changes`.
 */

import { hash64 } from '../core/hash.ts';

/** Every place of a text, or every stretch from one text to the next other one, and what comes there. */
type Edit = readonly [find: string | readonly [from: string, to: string], put: string];

interface Family {
  /** Whose template it is, for the documentation. */
  readonly name: string;
  /** Of the original templates, as the models ship them. */
  readonly hashes: readonly string[];
  readonly edits: readonly Edit[];
  /** What is rendered otherwise than by the original. */
  readonly changes?: string;
}

/** The template with marks, or undefined where it is not known. */
export function markedTemplate(source: string): string | undefined {
  const text = source.replace(/\r\n?/g, '\n');
  const hash = hash64(new TextEncoder().encode(text));
  const family = families.find(({ hashes }) => hashes.includes(hash));
  return family && family.edits.reduce(edited, text);
}

function edited(text: string, [find, put]: Edit): string {
  if (typeof find === 'string') return text.replaceAll(find, () => put);
  const [from, to] = find;
  const start = text.indexOf(from);
  const end = text.indexOf(to, start);
  return start < 0 || end < 0 ? text : text.slice(0, start) + put + text.slice(end + to.length);
}

const open = '{% generation %}';
const close = '{% endgeneration %}';
// The marks become outputs, so they need not nest as blocks do.
const openIf = (condition: string) => `{% if ${condition} %}${open}{% endif %}`;
const closeIf = (condition: string) => `{% if ${condition} %}${close}{% endif %}`;
const ofAssistant = "message['role'] == 'assistant'";

/** Qwen's header, then the answer with its tool calls up to the next kind of turn. */
const qwenHeader = "{{- '<|im_start|>' + message.role + '\\n' }}";
const qwenEnd: Edit = [`{{- '<|im_end|>\\n' }}\n    {%- elif message.role == "tool" %}`, `{{- '<|im_end|>\\n' }}{%- endgeneration %}\n    {%- elif message.role == "tool" %}`];
const thinkingKept = 'Earlier answers keep their thinking block too, empty where there is none, so that a turn reads the same whatever follows it.';

const qwen35 = (name: string, hash: string, condition: string): Family => ({
  name,
  hashes: [hash],
  changes: thinkingKept,
  edits: [
    [[`{%- if ${condition}`, '{%- if message.tool_calls and'], `${qwenHeader}{%- generation %}{{- '<think>\\n' + reasoning_content + '\\n</think>\\n\\n' + content }}{%- if message.tool_calls and`],
    qwenEnd,
  ],
});

const nemotronHeader = "{{- '<|im_start|>assistant\\n' }}";
const phiEnd: Edit = ['{% else %}{{ eos_token }}{% endif %}', `{% elif messages[-1]['role'] == 'assistant' %}${open}{{ eos_token }}${close}{% else %}{{ eos_token }}{% endif %}`];

export const families: readonly Family[] = [
  {
    name: 'Cohere Aya Expanse',
    hashes: ['a1cdb11cb9936625'],
    edits: [["<|CHATBOT_TOKEN|>'  + content.strip() + '<|END_OF_TURN_TOKEN|>' }}", `<|CHATBOT_TOKEN|>' }}${open}{{ content.strip() + '<|END_OF_TURN_TOKEN|>' }}${close}`]],
  },
  {
    name: 'Cohere Tiny Aya',
    hashes: ['3d73bddaed55f75b'],
    changes: 'Turns of other roles than system, user and assistant have no end-of-turn token.',
    edits: [
      ["<|USER_TOKEN|>{{ message['content'] }}", "<|USER_TOKEN|>{{ message['content'] }}<|END_OF_TURN_TOKEN|>"],
      ["<|SYSTEM_TOKEN|>{{ message['content'] }}{% endif %}<|END_OF_TURN_TOKEN|>", "<|SYSTEM_TOKEN|>{{ message['content'] }}<|END_OF_TURN_TOKEN|>{% endif %}"],
      ["<|START_RESPONSE|>{{ message['content'] }}<|END_RESPONSE|>", `<|START_RESPONSE|>${open}{{ message['content'] }}<|END_RESPONSE|><|END_OF_TURN_TOKEN|>${close}`],
    ],
  },
  {
    name: 'DeepSeek-R1-Distill',
    hashes: ['938fa74e398c43d2'],
    changes: 'Answers keep what stands before </think>; the original cuts it off.',
    edits: [
      ["{%- for tool in message['tool_calls']%}", `${open}{%- for tool in message['tool_calls']%}`],
      ["{{'<｜tool▁calls▁end｜><｜end▁of▁sentence｜>'}}{%- endif %}{%- endfor %}", `{{'<｜tool▁calls▁end｜><｜end▁of▁sentence｜>'}}{%- endif %}{%- endfor %}${close}`],
      ["{{'<｜tool▁outputs▁end｜>' + message['content'] + '<｜end▁of▁sentence｜>'}}", `${open}{{'<｜tool▁outputs▁end｜>' + message['content'] + '<｜end▁of▁sentence｜>'}}${close}`],
      [["{% set content = message['content'] %}", "{{'<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>'}}"], `${open}{{'<｜Assistant｜>' + message['content'] + '<｜end▁of▁sentence｜>'}}${close}`],
    ],
  },
  {
    name: 'DeepSeek-V3',
    hashes: ['659fa4cdd66e1204'],
    changes: 'Arguments of a tool call are written as JSON; the original takes JSON text only.',
    edits: [
      ["tool['function']['arguments'] +", "tool['function']['arguments'] | tojson +"],
      ["{%- for tool in message['tool_calls'] %}", `${open}{%- for tool in message['tool_calls'] %}`],
      ["{{'<｜tool▁calls▁end｜><｜end▁of▁sentence｜>'}}", `{{'<｜tool▁calls▁end｜><｜end▁of▁sentence｜>'}}${close}`],
      ["{{'<｜tool▁outputs▁end｜>' + message['content'] + '<｜end▁of▁sentence｜>'}}", `${open}{{'<｜tool▁outputs▁end｜>' + message['content'] + '<｜end▁of▁sentence｜>'}}${close}`],
      ["{{'<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>'}}", `${open}{{'<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>'}}${close}`],
    ],
  },
  {
    name: 'DiffusionGemma',
    hashes: ['1020ea55b3e57b31'],
    edits: [
      ["{{- '<|channel>thought\\n' + thinking_text + '\\n<channel|>' -}}", "{%- generation %}{{- '<|channel>thought\\n' + thinking_text + '\\n<channel|>' -}}{%- endgeneration %}"],
      ["{%- for tool_call in message.get('tool_calls') -%}", "{%- generation %}{%- for tool_call in message.get('tool_calls') -%}"],
      ["{%- set ns.prev_message_type = 'tool_call' -%}", "{%- endgeneration %}{%- set ns.prev_message_type = 'tool_call' -%}"],
      ['{{- captured_content -}}', `${openIf("role == 'model'")}{{- captured_content -}}${closeIf("role == 'model'")}`],
      ["{{- '<turn|>\\n' -}}\n        {%- endif -%}\n    {%- endif -%}", `${openIf("role == 'model'")}{{- '<turn|>\\n' -}}${closeIf("role == 'model'")}\n        {%- endif -%}\n    {%- endif -%}`],
    ],
  },
  {
    name: 'Gemma and Gemma 2',
    hashes: ['fc7fe41618122cd5'],
    edits: [["{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}", `{{ '<start_of_turn>' + role + '\n' }}${openIf(ofAssistant)}{{ message['content'] | trim + '<end_of_turn>\n' }}${closeIf(ofAssistant)}`]],
  },
  {
    name: 'Gemma 3',
    hashes: ['6571f0184b98c891'],
    edits: [
      ['(first_user_prefix if loop.first else "") }}', `(first_user_prefix if loop.first else "") }}${openIf(ofAssistant)}`],
      ["{{ '<end_of_turn>\n' }}", `{{ '<end_of_turn>\n' }}${closeIf(ofAssistant)}`],
    ],
  },
  {
    name: 'GLM-4 MoE',
    hashes: ['3cebc6599f8d3c5b'],
    changes: "The mark of the turn that follows an answer belongs to the answer, because it is what ends it; at the end of the conversation it is the user's.",
    edits: [
      ["{%- if m.role == 'user' -%}<|user|>\n", "{%- if m.role == 'user' -%}{{ '<|user|>' if loop.first or messages[loop.index0 - 1].role != 'assistant' else '' }}{{ '\n' }}"],
      ['{%- if loop.index0 > ns.last_user_index and reasoning_content -%}', '{%- generation %}{%- if loop.index0 > ns.last_user_index and reasoning_content -%}'],
      [
        "</tool_call>{% endfor %}\n{% endif %}\n{%- elif m.role == 'tool' -%}",
        "</tool_call>{% endfor %}<|observation|>{% else %}{{ '<|system|>' if not loop.last and messages[loop.index0 + 1].role == 'system' else '<|user|>' }}{% endif %}{%- endgeneration %}{%- elif m.role == 'tool' -%}",
      ],
      [`{%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}\n    {{- '<|observation|>' }}\n{%- endif %}\n`, ''],
      ['<|observation|>{% for tr in m.content %}', "{{- '<|observation|>' if loop.first or messages[loop.index0 - 1].role != 'assistant' }}{% for tr in m.content %}"],
      ["{%- elif m.role == 'system' -%}\n<|system|>\n", "{%- elif m.role == 'system' -%}{{ '<|system|>' if loop.first or messages[loop.index0 - 1].role != 'assistant' else '' }}{{ '\n' }}"],
    ],
  },
  {
    name: 'gpt-oss',
    hashes: ['283947322136af35'],
    edits: [
      ['{%- if "tool_calls" in message %}', '{%- generation %}{%- if "tool_calls" in message %}'],
      ["{%- elif message.role == 'tool' -%}", "{%- endgeneration %}{%- elif message.role == 'tool' -%}"],
    ],
  },
  {
    name: 'LFM2',
    hashes: ['d8ac027b25c023b6', 'd75b3b4899af289b'],
    edits: [
      ['{{- render_tool_calls(message["tool_calls"]) -}}\n\t\t{{- "<|im_end|>\\n" -}}', '{{- render_tool_calls(message["tool_calls"]) -}}{{- "<|im_end|>\\n" -}}{%- endgeneration %}'],
      ['{%- if content and content != "null" -%}', '{%- generation %}{%- if content and content != "null" -%}'],
      ['{{- content + "<|im_end|>\\n" -}}', `${openIf(ofAssistant)}{{- content + "<|im_end|>\\n" -}}${closeIf(ofAssistant)}`],
    ],
  },
  {
    name: 'Llama 3',
    hashes: ['9882b05c1c72cdec'],
    edits: [
      ["+ message['content'] | trim + '<|eot_id|>' %}", '%}'],
      ['{{ content }}{% endfor %}', `{{ content }}${openIf(ofAssistant)}{{ message['content'] | trim + '<|eot_id|>' }}${closeIf(ofAssistant)}{% endfor %}`],
    ],
  },
  {
    name: 'Muse Glimmer',
    hashes: ['5de5fa4017ca0e7c'],
    edits: [
      ["{%- elif role == 'assistant' -%}", "{%- elif role == 'assistant' -%}{%- generation %}"],
      ["{{- ('<|eot|>' if end_turn else '<|eom|>') -}}\n        {%- endif -%}", "{{- ('<|eot|>' if end_turn else '<|eom|>') -}}\n        {%- endif -%}{%- endgeneration %}"],
    ],
  },
  {
    name: 'Nemotron 3',
    hashes: ['2fdd7cb7dbd6b1d5', '0f8595369042094c', 'e3637d3e6365582f', '3ebc12d71a3627ed'],
    edits: [
      [`${nemotronHeader}\n                {%- set include_content`, `${nemotronHeader}{%- generation %}{%- set include_content`],
      ["                {{- '<|im_end|>\\n' }}\n        {%- else %}", "                {{- '<|im_end|>\\n' }}{%- endgeneration %}\n        {%- else %}"],
      ["{{- '<|im_start|>assistant\\n' ~ (content | default('', true) | string | trim) ~ '<|im_end|>\\n' }}", `${nemotronHeader}{%- generation %}{{- (content | default('', true) | string | trim) ~ '<|im_end|>\\n' }}{%- endgeneration %}`],
      ["{{- '<|im_start|>assistant\\n' ~ c ~ '<|im_end|>\\n' }}", `${nemotronHeader}{%- generation %}{{- c ~ '<|im_end|>\\n' }}{%- endgeneration %}`],
      ["{{- '<|im_start|>assistant\\n<|im_end|>\\n' }}", `${nemotronHeader}{%- generation %}{{- '<|im_end|>\\n' }}{%- endgeneration %}`],
    ],
  },
  {
    name: 'Phi-3 and Phi-3.5',
    hashes: ['2d9a2a6acf9fdc29', '303be96032cf2257'],
    edits: [["{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}", `{{'<|assistant|>\n'}}${open}{{ message['content'] + '<|end|>\n'}}${close}`], phiEnd],
  },
  {
    name: 'Qwen2.5',
    hashes: ['9726e73111db3427'],
    edits: [
      [' or (message.role == "assistant" and not message.tool_calls)', ''],
      ["{{- '<|im_start|>' + message.role }}", "{{- '<|im_start|>' + message.role }}{%- generation %}"],
      ['{%- if message.content %}', '{%- if message.content or not message.tool_calls %}'],
      qwenEnd,
    ],
  },
  {
    name: 'Qwen2-VL and Qwen2.5-VL',
    hashes: ['0e1309271912929a'],
    edits: [
      ["{% if message['content'] is string %}", `${openIf(ofAssistant)}{% if message['content'] is string %}`],
      ['{% endif %}{% endfor %}{% if add_generation_prompt %}', `{% endif %}${closeIf(ofAssistant)}{% endfor %}{% if add_generation_prompt %}`],
    ],
  },
  {
    name: 'Qwen3',
    hashes: ['df3ffbbabb0c9c9c'],
    changes: thinkingKept,
    edits: [
      [['{%- if loop.index0 > ns.last_query_index %}', '{%- if message.tool_calls %}'], `${qwenHeader}{%- generation %}{{- '<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}{%- if message.tool_calls %}`],
      qwenEnd,
    ],
  },
  {
    name: 'Qwen3-Instruct-2507',
    hashes: ['06a66c5dc66c223b'],
    edits: [["{{- '<|im_start|>' + message.role + '\\n' + content }}", `${qwenHeader}{%- generation %}{{- content }}`], qwenEnd],
  },
  {
    name: 'Qwen3-VL',
    hashes: ['b2f9d297ec90643f'],
    edits: [[`{%- elif message.role == "assistant" %}\n        ${qwenHeader}`, `{%- elif message.role == "assistant" %}\n        ${qwenHeader}{%- generation %}`], qwenEnd],
  },
  qwen35('Qwen3.5 without thinking', 'cb68a4ec8f56045f', 'loop.index0 > ns.last_query_index %}'),
  qwen35('Qwen3.5 with thinking', 'ceb02d1f202e0d58', 'loop.index0 > ns.last_query_index %}'),
  qwen35('Qwen3.6', '34590b887481b79f', '(preserve_thinking is defined'),
  qwen35('Qwen3.8', '0a7c85c31ef121c6', 'preserve_thinking is undefined'),
];
