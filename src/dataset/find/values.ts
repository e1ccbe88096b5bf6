/** Walks the values of a row, however deep they are nested. */

/** All strings among the values of an object or a list; keys are none of them. */
export function* stringsIn(value: unknown): Generator<string> {
  const open: unknown[] = [value]; // not by calling itself: rows can be nested deeper than a stack
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string') yield next;
    else if (typeof next === 'object' && next !== null) {
      const parts = Array.isArray(next) ? (next as unknown[]) : Object.values(next);
      for (let i = parts.length - 1; i >= 0; i--) open.push(parts[i]);
    }
  }
}

/** A key that has dots in it is found before what the dots would lead to. */
export function valueAt(record: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  const whole = path.join('.');
  if (path.length > 1 && Object.hasOwn(record, whole)) return record[whole];
  let value: unknown = record;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
