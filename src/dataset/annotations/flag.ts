/** What a row itself says of its answer, where its format has a key for it: such a row is marked there and not in the sidecar. */

import type { Format } from '../format.ts';
import { isBlank, parseRecord, withoutCr } from '../lineText.ts';

export function flagOf(line: string, format: Format | undefined): 'good' | 'bad' | undefined {
  const key = format?.fields.find(({ type, key: name }) => type === 'flag' && name !== '')?.key;
  const value = key === undefined || isBlank(line) ? undefined : parseRecord(withoutCr(line))?.[key];
  return typeof value === 'boolean' ? (value ? 'good' : 'bad') : undefined;
}
