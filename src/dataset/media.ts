/** Pictures and sounds in turns: a text model cannot learn from them, so they are found and named, never decoded. */

import type { Content, Example } from './example.ts';

/** What of the row is no text: `an image`, `input_audio`; undefined when all of it is. */
export function mediaOf(example: Example): string | undefined {
  if ('images' in example && example.images) return example.images.length === 1 ? 'an image' : `${example.images.length} images`;
  for (const content of contentsOf(example)) {
    if (typeof content === 'string') continue;
    for (const turn of content) {
      const part = Array.isArray(turn.content) ? turn.content.find(({ type }) => type !== 'text') : undefined;
      if (part) return part.type === 'image' || part.type === 'image_url' ? 'an image' : `a part of type "${part.type}"`;
    }
  }
  return undefined;
}

function contentsOf(example: Example): Content[] {
  switch (example.kind) {
    case 'messages':
      return [example.messages];
    case 'prompt-only':
      return [example.prompt];
    case 'prompt-completion':
    case 'unpaired-preference':
      return [example.prompt, example.completion];
    case 'preference':
      return [example.prompt, example.chosen, example.rejected];
    case 'preference-implicit':
      return [example.chosen, example.rejected];
    case 'text':
    case 'stepwise':
      return [];
  }
}
