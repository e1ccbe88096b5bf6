/** By which rules the rows of a document are looked at: the settings of its folder, and the file of checks beside it. */

import { levelsOf, type CheckRules } from '../../language/checkRules.ts';
import { checksFileOf, readRules } from '../../language/checksFile.ts';
import type { LanguageSettings } from '../../protocol/language.ts';

export interface DocumentRules {
  /** The same ones as long as settings and file are. `version` tells them apart. */
  of(uri: string, settings: LanguageSettings): Promise<{ rules: CheckRules; version: number }>;
  forget(uri: string): void;
}

interface Known {
  settings: LanguageSettings;
  text: string | undefined;
  rules: CheckRules;
  version: number;
}

/** `read`: the text of the file at an address, undefined where there is none. */
export function documentRules(read: (uri: string) => Promise<string | undefined>): DocumentRules {
  const all = new Map<string, Known>();
  let versions = 0;
  return {
    async of(uri, settings) {
      const file = checksFileOf(uri);
      const text = await read(file);
      const before = all.get(uri);
      if (before && before.settings === settings && before.text === text) return before;
      const known = { settings, text, rules: readRules(levelsOf(settings.checks), text, fileName(file)), version: ++versions };
      all.set(uri, known);
      return known;
    },
    forget: (uri) => void all.delete(uri),
  };
}

/** For messages. */
export function fileName(uri: string): string {
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
