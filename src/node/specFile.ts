/** A run spec from disk: read, checked against its files, resolved. One way in for the terminal, the window and scripts. */

import { promises as fs } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, relative, resolve } from 'node:path';
import { hasError, UserError, type Problem } from '../core/problem.ts';
import { lineColumn } from '../core/text.ts';
import { parseRunSpec, resolveRunSpec, overwritesOutput, type ResolvedSpec } from '../run/spec.ts';
import { checkFiles, type FileKind } from '../run/specFiles.ts';
import { diskError, errorCode, isMissing } from './files.ts';

export interface LoadedSpec {
  file: string;
  text: string;
  problems: Problem[];
  /** Undefined when a problem is an error. */
  spec: ResolvedSpec | undefined;
  overwrite: boolean;
}

export interface LoadSpecOptions {
  cwd: string;
  overrides?: readonly string[];
  /** To start a run: an output_dir that holds one is an error. */
  toStart?: boolean;
}

export async function loadSpec(path: string, options: LoadSpecOptions): Promise<LoadedSpec> {
  const file = resolve(options.cwd, path);
  const text = await readSpecText(file);
  const where = { specDir: dirname(file), cwd: options.cwd, home: homedir() };
  const parsed = parseRunSpec(text, { json: /\.json$/i.test(file), overrides: options.overrides });
  if (parsed.value) parsed.problems.push(...(await checkFiles(parsed.value, { ...where, exists: fileKind, toStart: options.toStart })));
  parsed.problems.sort((a, b) => a.start - b.start);
  return { file, text, problems: parsed.problems, spec: resolveRunSpec(parsed, where), overwrite: parsed.value ? overwritesOutput(parsed.value) : false };
}

/** `spec.posttrain.yaml:3:1: message`, with the path from the current folder. */
export function specProblemLine(loaded: LoadedSpec, problem: Problem, cwd: string): string {
  if (typeof problem.data?.override === 'string') return `${problem.data.override}: ${problem.message}`;
  const { line, column } = lineColumn(loaded.text, problem.start);
  const path = relative(cwd, loaded.file);
  return `${path.startsWith('..') ? loaded.file : path}:${line}:${column}: ${problem.message}`;
}

/** Throws one UserError with every error of the spec, one a line, unless it has none. */
export function requireSpec(loaded: LoadedSpec, cwd: string): ResolvedSpec {
  if (loaded.spec && !hasError(loaded.problems)) return loaded.spec;
  throw new UserError(loaded.problems.filter((p) => p.severity === 'error').map((p) => specProblemLine(loaded, p, cwd)).join('\n'), 'spec');
}

export async function fileKind(path: string): Promise<FileKind> {
  try {
    const stat = await fs.stat(path);
    return stat.isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}

/** A byte order mark stays: it is a column of the first line. */
function decodeSpec(bytes: Uint8Array, file: string): string {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  try {
    if (!utf16) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // told below
  }
  throw new UserError(`${file} is ${utf16 ? 'UTF-16' : 'not UTF-8'}. Save it as UTF-8.`, 'spec');
}

async function readSpecText(file: string): Promise<string> {
  try {
    const stat = await fs.stat(file);
    // parseRunSpec refuses a long text with a place; what is far longer is not even read.
    if (stat.size > 50_000_000) throw new UserError(`${file} is ${Math.round(stat.size / 1e6)} MB long: a run spec has a few lines. Is it a dataset?`, 'spec');
    return decodeSpec(await fs.readFile(file), file);
  } catch (error) {
    if (isMissing(error)) throw new UserError(`There is no file ${file}. Give a run spec (*.posttrain.yaml).`, 'spec', { cause: error });
    if (errorCode(error) === 'EISDIR') throw new UserError(`${file} is a folder. Give the run spec in it (*.posttrain.yaml).`, 'spec', { cause: error });
    const told = diskError(error, file);
    throw told instanceof UserError ? new UserError(told.message, 'spec', { cause: error }) : told;
  }
}
