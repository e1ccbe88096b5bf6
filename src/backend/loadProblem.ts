/** Why the native library did not load, from what the system's loader says: a half-written file, one of another machine, a part that is missing or of another version. */

import { repairWith, type BackendId, type Unusable } from './backend.ts';

/** What the loaders of Linux, macOS and Windows say, and what it means. The first that fits. */
const meanings: readonly [pattern: RegExp, (match: RegExpExecArray) => string][] = [
  [/file too short|invalid ELF header|truncated mach-o|no suitable image|not a mach-o|not a valid Win32 application|file data .*cut|ELF load command/i, () => 'is damaged or only half written'],
  [/wrong ELF class|incompatible architecture|wrong architecture|ELF file's? (?:OS ABI|machine)|cannot open shared object file: Exec format/i, () => 'was made for another kind of machine'],
  [/(lib(?:cu|nv)[\w.-]*\.so[\w.]*): cannot open shared object file/i, ([, name]) => `needs ${name!} of NVIDIA’s driver or CUDA, which this machine does not have`],
  [/([\w.+-]+\.so[\w.]*): cannot open shared object file/i, ([, name]) => `needs ${name!}, which is not where it belongs`],
  [/Library not loaded: (\S+)/i, ([, name]) => `needs ${name!}, which is not where it belongs`],
  [/The specified module could not be found/i, () => 'needs a library that is not where it belongs'],
  [/version [`'"]?(GLIBC\w*_[\d.]+)/i, ([, version]) => `needs a newer system: ${version!}`],
  [/(?:undefined symbol|Symbol not found|procedure could not be found):? ?(\w*)/i, ([, symbol]) => `and the libraries that it needs are not of the same version${symbol ? ` (${symbol} is missing)` : ''}`],
  [/did not self-register|NODE_MODULE_VERSION/i, () => 'was made for another version of Node'],
  [/cannot allocate memory/i, () => 'does not fit into the memory that is free'],
  [/permission denied/i, () => 'may not be read or run here (permission denied)'],
];

export function loadProblem(id: BackendId, file: string, error: unknown): Unusable {
  const said = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  for (const [pattern, words] of meanings) {
    const match = pattern.exec(said);
    if (match) return unusable(id, `its native library ${file} ${words(match)}`, said);
  }
  return unusable(id, `its native library ${file} does not load`, said);
}

/** A file whose end is missing, seen before it is loaded. */
export function halfWrittenProblem(id: BackendId, file: string): Unusable {
  return unusable(id, `its native library ${file} is only half written`, 'its end is missing');
}

/** The package's JavaScript lies in the same folder, and is as easily half there. */
export function packageProblem(id: BackendId, folder: string, error: unknown): Unusable {
  return unusable(id, `the JavaScript in ${folder} is not complete`, (error instanceof Error ? error.message : String(error)).split('\n')[0]!);
}

function unusable(id: BackendId, reason: string, said: string): Unusable {
  return { reason: `${reason} (${said})`, next: repairWith(id), setUp: true };
}
