/** Paths as people write them into a spec, on whichever system: made absolute against a folder, without touching a disk. */

/** True for `/data`, `C:\data`, `C:/data` and `\\server\share`. */
export function isAbsolutePath(path: string): boolean {
  return /^(?:[\\/]|[A-Za-z]:[\\/])/.test(path);
}

/**
 * The path, absolute and without `.` and `..`. A backslash in a relative path is a separator everywhere: a spec written on Windows
 * works on Linux too. A base with a drive or `\\server` gives a path with backslashes.
 */
export function resolveSpecPath(base: string, path: string): string {
  const joined = isAbsolutePath(path) ? path : `${base}/${path.replaceAll('\\', '/')}`;
  const windows = /^(?:[A-Za-z]:|\\\\)/.test(joined);
  const root = /^(?:[A-Za-z]:[\\/]|[\\/]{2}(?=[^\\/])|[\\/])/.exec(joined)?.[0] ?? '';
  const parts: string[] = [];
  for (const part of joined.slice(root.length).split(windows ? /[\\/]+/ : /\/+/)) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
      else if (root === '') parts.push(part);
    } else parts.push(part);
  }
  const separator = windows ? '\\' : '/';
  const start = windows ? root.replaceAll('/', '\\') : root === '' ? '' : '/';
  return start + parts.join(separator) || '.';
}
