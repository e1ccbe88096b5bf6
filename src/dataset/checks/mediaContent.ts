/** Pictures and sounds among the turns. */

import { mediaOf } from '../media.ts';
import type { RowCheck } from './check.ts';
import type { Path, Row } from './row.ts';

export const mediaContent = {
  id: 'media-content',
  severity: 'warning',
  title: 'The row shows something that is no text',
  effect: 'Posttrain trains text models and leaves the row out. TRL trains a vision model on it, and stops with a model that reads text only.',
  on: 'record',
  check(row, report) {
    const value = row.meaning?.value;
    const media = value && mediaOf(value);
    if (media === undefined) return;
    report({ at: row.rangeOf(placeOf(row)), message: `The row shows ${media}, and a text model cannot see it: the row is left out.` });
  },
  examples: [
    { format: 'messages', line: '{"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "a"}]}, {"role": "assistant", "content": "b"}]}', marks: '{"type": "image"}' },
    { format: 'sharegpt', line: '{"conversations": [{"from": "human", "value": "<image>a"}, {"from": "gpt", "value": "b"}], "images": ["a.png"]}', marks: '["a.png"]' },
  ],
  counterExamples: [
    { format: 'messages', line: '{"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}, {"role": "assistant", "content": "b"}], "images": []}' },
  ],
} as const satisfies RowCheck;

function placeOf(row: Row): Path {
  const record = row.record!;
  for (const key of ['images', 'image']) if (Array.isArray(record[key]) ? record[key].length > 0 : record[key]) return [key];
  for (const { turns, keys } of row.conversations) {
    for (const { content, path } of turns) {
      const part = Array.isArray(content) ? content.findIndex((one: { type?: unknown }) => one?.type !== 'text') : -1;
      if (part >= 0) return [...path, keys.content, part];
    }
  }
  return [];
}
