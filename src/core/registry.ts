/** A registry: a fixed list of entries by id. Duplicate ids throw at load, an unknown id from a user answers with the nearest one. */

import { UserError } from './problem.ts';
import { didYouMean } from './text.ts';

export interface Registry<Id extends string, Entry> {
  readonly kind: string;
  readonly entries: readonly Entry[];
  readonly ids: readonly Id[];
  has(id: string): id is Id;
  get(id: Id): Entry;
  /** For an id that a user wrote. Throws a UserError that names the nearest id. */
  find(id: string): Entry;
}

export function defineRegistry<const Id extends string, Entry extends { readonly id: Id }>(
  kind: string,
  entries: readonly (Entry & { readonly id: Id })[],
): Registry<Id, Entry> {
  const byId = new Map<string, Entry>();
  for (const entry of entries) {
    if (byId.has(entry.id)) throw new Error(`Two entries of the ${kind} registry have the id "${entry.id}".`);
    byId.set(entry.id, entry);
  }
  return {
    kind,
    entries,
    ids: entries.map((entry) => entry.id),
    has: (id): id is Id => byId.has(id),
    get: (id) => byId.get(id)!,
    find(id) {
      const entry = byId.get(id);
      if (!entry) throw new UserError(`There is no ${kind} "${id}".${didYouMean(id, byId.keys())} Known: ${[...byId.keys()].join(', ')}.`, `unknown-${kind}`);
      return entry;
    },
  };
}
