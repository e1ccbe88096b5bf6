/** A row of one format as a row (or two) of another, with what of it is lost: its meaning by way of examples, its other columns as they are. */

import type { Example } from '../example.ts';
import type { DatasetRow, Format } from '../format.ts';
import { detectFormat, formats } from '../formats/index.ts';
import { follow, wayTo, type Loss } from './kinds.ts';
import { lostIn, sameValue } from './lost.ts';

/** The rows, or in one sentence why there are none. */
export type ConvertedRow = { rows: DatasetRow[]; lost: Loss[] } | string;

/** The formats that some rows of this one can become. */
export function targetsOf(from: Format): Format[] {
  return formats.entries.filter((to) => to.id === from.id || from.kinds.some((kind) => wayTo(kind, to.kinds)));
}

export function convertRow(record: DatasetRow, from: Format, to: Format): ConvertedRow {
  if (from.id === to.id) return { rows: [record], lost: [] };
  const { value: example, problems } = from.toExample(record);
  if (!example) return problems[0]?.message ?? 'It cannot be read.';
  const way = wayTo(example.kind, to.kinds);
  if (!way) return `It is a row of kind "${example.kind}", which "${to.id}" has no place for.`;
  const made = follow(example, way);
  if (typeof made === 'string') return made;
  const columns = columnsOf(from, record);
  const rows: DatasetRow[] = [];
  const lost = [...(from.unread?.(record) ?? []).map((key) => ({ key, what: 'left out' })), ...made.lost];
  for (const one of made.examples) {
    const bare = (to.fromExample as (example: Example, columns: DatasetRow) => DatasetRow | string)(one, columns);
    if (typeof bare === 'string') return bare;
    const { row, left } = withColumns(bare, columns, to);
    const back = to.toExample(row);
    if (!back.value) return `The new row could not be read again: ${back.problems[0]?.message ?? 'it says nothing.'}`;
    lost.push(...lostIn(one, back.value), ...left);
    rows.push(row);
  }
  return { rows, lost: [...new Map(lost.map((loss) => [`${loss.key} ${loss.what}`, loss])).values()] };
}


function columnsOf(format: Format, record: DatasetRow): DatasetRow {
  const known = format.schema.properties ?? {};
  return format.columns?.(record) ?? Object.fromEntries(Object.entries(record).filter(([key]) => !Object.hasOwn(known, key)));
}

/** Columns go along where the format allows them, they are in nobody's way, and the row is not taken for another format's because of them. */
function withColumns(bare: DatasetRow, columns: DatasetRow, to: Format): { row: DatasetRow; left: Loss[] } {
  const held = columnsOf(to, bare);
  const rest = Object.entries(columns).filter(([key, value]) => value !== undefined && !(Object.hasOwn(held, key) && sameValue(held[key], value)));
  const closed = to.schema.additionalProperties === false;
  const fits = ([key, value]: [string, unknown]) => !closed && !Object.hasOwn(bare, key) && Object.hasOwn(columnsOf(to, { ...bare, [key]: value }), key);
  let added = rest.filter(fits);
  if (added.some(([key]) => told.has(key)) && detectFormat([{ ...bare, ...Object.fromEntries(added) }])?.format.id !== detectFormat([bare])?.format.id) {
    added = added.filter(([key]) => !told.has(key));
  }
  const left = rest.filter((entry) => !added.includes(entry) && entry[1] !== null).map(([key]) => ({ key, what: 'left out' }));
  return { row: added.length > 0 ? { ...bare, ...Object.fromEntries(added) } : bare, left };
}

/** The keys by which formats are told apart. */
const told: ReadonlySet<string> = new Set(formats.entries.flatMap(({ schema }) => schema.required ?? []));
