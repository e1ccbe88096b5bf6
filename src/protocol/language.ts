/** What the extension and its language server agree on beside the language server protocol itself: settings, names, kinds of action. */

/** Name and source of everything that the server says. */
export const LANGUAGE_SERVER_ID = 'posttrain';

/** The part of the settings that the server asks for, per resource. */
export const SETTINGS_SECTION = 'posttrain';

/** Mends everything in a file that can be mended without a doubt; runs on save where the user says so in `editor.codeActionsOnSave`. */
export const FIX_ALL_KIND = 'source.fixAll.posttrain';

export interface LanguageSettings {
  enabled: boolean;
  maxProblems: number;
  /** Id of a format, or `auto`. */
  format: string;
  /** How bad what each check finds is taken to be; read by the checks' own rules. */
  checks: unknown;
}

export const defaultLanguageSettings: LanguageSettings = { enabled: true, maxProblems: 500, format: 'auto', checks: {} };

/** Reads what the editor answers for the section; whatever has the wrong type is the default. */
export function readLanguageSettings(answer: unknown): LanguageSettings {
  const validation = part(answer, 'validation');
  const { enabled, maxProblems } = { enabled: part(validation, 'enabled'), maxProblems: part(validation, 'maxProblems') };
  const format = part(part(answer, 'dataset'), 'format');
  return {
    enabled: typeof enabled === 'boolean' ? enabled : defaultLanguageSettings.enabled,
    maxProblems: typeof maxProblems === 'number' && maxProblems >= 1 ? Math.floor(maxProblems) : defaultLanguageSettings.maxProblems,
    format: typeof format === 'string' ? format : defaultLanguageSettings.format,
    checks: part(answer, 'checks') ?? defaultLanguageSettings.checks,
  };
}

function part(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
