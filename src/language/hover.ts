/** What a key or role of a row means, for the person who points at it. */

import type { Format } from '../dataset/format.ts';
import { placeAt } from './place.ts';
import { propertiesAt, schemasAt, typeNames } from './schema.ts';

export interface Hover {
  /** Offsets into the line. */
  start: number;
  end: number;
  /** Made of our own texts and the names of keys only: nothing of a dataset is ever rendered as Markdown. */
  markdown: string;
}

export function hoverAt(text: string, offset: number, format: Format | undefined): Hover | undefined {
  const place = placeAt(text, offset);
  if (!place || !format) return undefined;
  if (place.kind === 'key' && place.entry) {
    const { entry, path } = place;
    const property = propertiesAt(format.schema, path).get(entry.key);
    const range = { start: entry.keyStart, end: entry.keyEnd };
    if (!property) {
      if (path.length > 0) return undefined;
      return { ...range, markdown: `Another column: the format *${format.label}* does not read it. Online methods hand such columns to their reward functions.` };
    }
    const about = [typeNames(property.schema), property.required ? 'needed' : 'optional'].filter(Boolean).join(', ');
    return { ...range, markdown: `**${entry.key}** (${about})\n\n${property.schema.description ?? ''}\n\n*${path.length === 0 ? format.label : `${format.label}: ${path.filter((step) => typeof step === 'string').join('.')}`}*` };
  }
  // A value that is one of a few says as much as its key does.
  if (place.kind === 'value' && place.node?.type === 'string') {
    const { description, examples } = schemasAt(format.schema, place.path)[0] ?? {};
    if (description && examples) return { start: place.node.start, end: place.node.end, markdown: description };
  }
  return undefined;
}
