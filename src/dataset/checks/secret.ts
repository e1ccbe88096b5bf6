/** Keys and passwords that were left in a text, known by the form that those who issue them give them. */

import type { RowCheck } from './check.ts';

interface Kind {
  name: string;
  /** Of one form and bounded length, so that nothing backtracks. */
  pattern: RegExp;
  /** Without it in the line there is none. */
  sign: string;
}

const kinds: readonly Kind[] = [
  { name: 'an access key of AWS', sign: 'A', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { name: 'a token of GitHub', sign: 'gh', pattern: /\bgh[pousr]_[A-Za-z0-9]{36}\b/g },
  { name: 'a token of GitHub', sign: 'github_pat_', pattern: /\bgithub_pat_[A-Za-z0-9_]{82}\b/g },
  { name: 'a token of Hugging Face', sign: 'hf_', pattern: /\bhf_[A-Za-z0-9]{34}\b/g },
  { name: 'an API key of OpenAI or Anthropic', sign: 'sk-', pattern: /\bsk-(?:proj-|ant-|svcacct-)[A-Za-z0-9_-]{40,200}(?![A-Za-z0-9_-])/g },
  { name: 'an API key of Google', sign: 'AIza', pattern: /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g },
  { name: 'a token of Slack', sign: 'xox', pattern: /\bxox[abprs]-[0-9]{9,14}-[A-Za-z0-9-]{20,80}(?![A-Za-z0-9-])/g },
  { name: 'a private key', sign: 'PRIVATE KEY-----', pattern: /-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----[A-Za-z0-9+/=\s]{64,8000}-----END (?:[A-Z]{2,10} )?PRIVATE KEY-----/g },
];
/** What the forms have in common, to be looked for in every line: letters without end behind a prefix. */
const signs = /[_-][A-Za-z0-9_-]{30}|A(?:KIA|SIA|Iza)|KEY-----/;

export const secret = {
  id: 'secret',
  severity: 'warning',
  title: 'A key or password stands in a text',
  effect: 'The model can learn it by heart and say it to anybody who asks. Whoever gets the file or the model has the key: withdraw it where it was issued. Keys that are made up for an example (of few different characters, or ending in EXAMPLE) are left alone.',
  on: 'record',
  check(row, report) {
    if (!signs.test(row.text)) return;
    for (const { text, path } of row.texts) {
      for (const { name, pattern, sign } of kinds) {
        if (!text.includes(sign)) continue;
        const rangeOf = row.rangesIn(path);
        for (const { 0: found, index } of text.matchAll(pattern)) {
          if (new Set(found).size < 14 || found.endsWith('EXAMPLE')) continue;
          const at = rangeOf(index, index + found.length);
          report({ at, message: `This looks like ${name}: the model can learn it by heart and say it to anybody.`, fix: { title: 'Write [REDACTED] instead', edits: [{ ...at, newText: '[REDACTED]' }], safe: false } });
        }
      }
    }
  },
  examples: [
    { format: 'prompt-completion', line: '{"prompt": "a", "completion": "use 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 ."}', marks: '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', fixed: '{"prompt": "a", "completion": "use [REDACTED] ."}' },
    { format: 'messages', line: '{"messages": [{"role": "user", "content": "AWS=AKIAQ7W3ERTY5UIOP2AS"}, {"role": "assistant", "content": "b"}]}', marks: 'AKIAQ7W3ERTY5UIOP2AS', fixed: '{"messages": [{"role": "user", "content": "AWS=[REDACTED]"}, {"role": "assistant", "content": "b"}]}' },
    { format: 'text', line: '{"text": "-----BEGIN PRIVATE KEY-----\\nMIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAq7BFUpkGp3LQmlQY\\n-----END PRIVATE KEY-----"}', marks: '-----BEGIN PRIVATE KEY-----\\nMIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAq7BFUpkGp3LQmlQY\\n-----END PRIVATE KEY-----', fixed: '{"text": "[REDACTED]"}' },
  ],
  counterExamples: [
    // Not in one piece: what packages the extension would take it for a secret.
    { format: 'text', line: `{"text": "AKIAIOSFODNN7EXAMPLE ghp_${'x'.repeat(36)} sk-proj-your-key-here hf_transfer task-AIza"}` },
    { format: 'text', line: '{"text": "-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----"}' },
    { format: 'prompt-only', line: '{"prompt": "a", "commit": "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"}' },
  ],
} as const satisfies RowCheck;
