/** The files that the rules look at: a list of path and text, from the disk or made up by a test. And what a file imports. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export interface SourceFile {
  /** From the repository's root, forward slashes. */
  path: string;
  text: string;
}

/** A rule says what is wrong, one sentence a finding, each naming the file. Nothing wrong: an empty list. */
export type Rule = (files: readonly SourceFile[]) => string[];

export interface Import {
  specifier: string;
  /** Gone after compiling: `import type` and `export type … from`. */
  typeOnly: boolean;
  line: number;
}

/** What .gitignore leaves out: by name anywhere, by path. */
const SKIPPED = new Set(['node_modules', 'dist', 'out', '.git', '.cache', '.vscode-test']);
const SKIPPED_PATHS = new Set(['runs', 'media/sample/runs']);
const TEXT = /\.(ts|tsx|mjs|cjs|js|css|json|jsonl|ya?ml|md|py|sh|txt|svg|jinja)$|(^|\/)(\.ci\/run|\.npmrc|\.gitignore|\.vscodeignore|LICENSE)$/;

/** Every text file of the repository that git would keep, but for build outputs. */
export function readRepository(root: string): SourceFile[] {
  const files: SourceFile[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const name = relative(root, path).split(sep).join('/');
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name) && !SKIPPED_PATHS.has(name)) walk(path);
      } else if (entry.isFile()) {
        if (TEXT.test(name)) files.push({ path: name, text: readFileSync(path, 'utf8') });
      }
    }
  };
  walk(root);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The project's own TypeScript: what is shipped. */
export const isShipped = ({ path }: SourceFile) => /^(src|webview)\/.*\.ts$/.test(path) && !path.startsWith('src/build/');

const IMPORT = /(?:^|[;\n}])[^\S\n]*(?:import|export)\s+(type\s+)?(?:[^'"`;()]*?\sfrom\s+)?(['"])([^'"\n]+)\2/g;
const DYNAMIC = /(?<![.\w])(?:import|require)(?:\.resolve)?\s*\(\s*(['"])([^'"\n]+)\1/g;

/** Everything that a TypeScript or JavaScript file imports, exports from, or requires by a literal name. Comments are not read. */
export function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  const lineAt = (index: number) => code.slice(0, index).split('\n').length;
  for (const match of code.matchAll(IMPORT)) found.push({ specifier: match[3]!, typeOnly: match[1] !== undefined, line: lineAt(match.index + match[0].length) });
  for (const match of code.matchAll(DYNAMIC)) {
    found.push({ specifier: match[2]!, typeOnly: isType(code, match.index, match.index + match[0].length), line: lineAt(match.index) });
  }
  return found;
}

/** `typeof import('x')` and `import('x').Name` are types; a promise has no such names. */
function isType(code: string, start: number, end: number): boolean {
  return /\btypeof\s+$/.test(code.slice(Math.max(0, start - 12), start)) || /^\s*\)\s*\.\s*(?!then\b|catch\b|finally\b)\w/.test(code.slice(end, end + 60));
}

/** Comments and templates become spaces; plain strings and line breaks stay, so that specifiers can be read and positions hold. */
function withoutComments(text: string): string {
  return replaceTokens(text, (token) => (/^(\/\/|\/\*|`)/.test(token) ? token.replace(/[^\n]/g, ' ') : token));
}

/** Comments and what is inside strings become spaces: what is left is code. */
export function codeOnly(text: string): string {
  return replaceTokens(text, (token) => (token.startsWith('/') && !/^\/[/*]/.test(token) ? token : token.replace(/[^\n'"`]/g, ' ')));
}

/** A regular expression may hold quotes and slashes; it starts where a value may start. */
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`|(?<=[=(,:[!&|?{};\n]\s*|return\s+)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;

function replaceTokens(text: string, replace: (token: string) => string): string {
  return text.replace(TOKEN, (token) => replace(token));
}
