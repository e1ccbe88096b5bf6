/** Rules about what is depended on: listed with a reason, pinned, under a licence that lets us ship it, from no fixed address. */

import type { Rule, SourceFile } from './source.ts';

/** Every direct dependency, with its licence and what it saves us. A new one needs a line here. */
export const allowed: Readonly<Record<string, { licence: string; for: string }>> = {
  '@huggingface/jinja': { licence: 'MIT', for: 'chat templates, as transformers renders them' },
  '@huggingface/tokenizers': { licence: 'Apache-2.0', for: 'byte-level BPE from tokenizer.json' },
  '@tensorflow/tfjs-backend-cpu': { licence: 'Apache-2.0', for: 'the slow backend that is always there' },
  '@tensorflow/tfjs-backend-wasm': { licence: 'Apache-2.0', for: 'the default backend: SIMD and threads' },
  '@tensorflow/tfjs-core': { licence: 'Apache-2.0', for: 'tensors and gradients' },
  '@tensorflow/tfjs-node-gpu': { licence: 'Apache-2.0', for: 'the native backend, once it is set up' },
  '@vscode/l10n': { licence: 'MIT', for: 'texts outside the extension host' },
  '@vscode/webview-ui-toolkit': { licence: 'MIT', for: 'controls in webviews' },
  'csv-parse': { licence: 'MIT', for: 'reading CSV, when a dataset is converted' },
  hyparquet: { licence: 'MIT', for: 'reading Parquet, when a dataset is converted' },
  'hyparquet-compressors': { licence: 'MIT', for: 'the codecs that Parquet files are packed with' },
  'hyparquet-writer': { licence: 'MIT', for: 'writing Parquet' },
  'jsonc-parser': { licence: 'MIT', for: 'positions in broken JSON, edits that keep the rest' },
  'modern-tar': { licence: 'MIT', for: 'unpacking npm packages when a backend is set up' },
  uplot: { licence: 'MIT', for: 'charts of 100,000 points' },
  'vscode-languageclient': { licence: 'MIT', for: 'LSP in the extension' },
  'vscode-languageserver': { licence: 'MIT', for: 'LSP in the server' },
  'vscode-languageserver-textdocument': { licence: 'MIT', for: 'positions of an open document' },
  yaml: { licence: 'ISC', for: 'the run spec, with positions' },
  yauzl: { licence: 'MIT', for: 'unpacking wheels when a backend is set up' },
  '@types/node': { licence: 'MIT', for: 'types' },
  '@types/vscode': { licence: 'MIT', for: 'types' },
  '@types/yauzl': { licence: 'MIT', for: 'types' },
  '@vscode/test-electron': { licence: 'MIT', for: 'starting VS Code for integration tests' },
  '@vscode/vsce': { licence: 'MIT', for: 'packing the .vsix' },
  assemblyscript: { licence: 'Apache-2.0', for: 'compiling the WebAssembly kernels' },
  esbuild: { licence: 'MIT', for: 'bundles' },
  oxlint: { licence: 'MIT', for: 'lint' },
  'playwright-core': { licence: 'Apache-2.0', for: 'keyboard and mouse in UI tests' },
  typescript: { licence: 'Apache-2.0', for: 'types' },
};

/** Licences that a free program may carry along with their notice. */
const SHIPPABLE = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Python-2.0', 'Unlicense', 'CC0-1.0', 'MIT-0']);

/** Of "A OR B" one will do, of "A AND B" it takes both. */
function shippable(licence: string): boolean {
  const terms = licence.replace(/[()]/g, '').split(/ (OR|AND) /);
  const names = terms.filter((_, i) => i % 2 === 0);
  return terms.includes('AND') ? names.every((name) => SHIPPABLE.has(name)) : names.some((name) => SHIPPABLE.has(name));
}

interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  license?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

export const dependencyRule: Rule = (files) => {
  const manifest = json<{ dependencies?: Record<string, string>; devDependencies?: Record<string, string> }>(files, 'package.json');
  const lock = lockedPackages(files, 'package-lock.json');
  const direct = { ...manifest?.dependencies, ...manifest?.devDependencies };
  return [
    ...Object.entries(direct).flatMap(([name, version]) => {
      if (!allowed[name]) return [`${name} is not in the list of test/tidy/rules/packages.ts: add why it is needed, and its licence.`];
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) return [`${name} is "${version}": pin one exact version.`];
      const locked = lock[`node_modules/${name}`];
      if (locked?.license !== allowed[name].licence) return [`${name} is under ${locked?.license ?? 'no licence'}, not ${allowed[name].licence}.`];
      return [];
    }),
    ...Object.keys(allowed).filter((name) => !(name in direct)).map((name) => `${name} is listed in test/tidy/rules/packages.ts, but not a dependency any more.`),
    ...Object.entries(lock).flatMap(([path, entry]) => (path !== '' && !entry.dev && !entry.link && !shippable(entry.license ?? '') ? [`${path} is under "${entry.license ?? 'no licence'}", which is not in the list of those we ship.`] : [])),
  ];
};

/** Lockfiles name versions and checksums, not the server that someone happened to install from. */
export const lockfileRule: Rule = (files) =>
  files.filter(({ path }) => path.endsWith('package-lock.json')).flatMap((file) => {
    const locked = lockedPackages(files, file.path);
    const names = new Set(Object.keys(locked).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)));
    return Object.entries(locked).flatMap(([path, entry]) => {
      // Where a registry has not got a platform's package yet, npm leaves it out of the lockfile, and `npm ci` refuses that lockfile.
      const missing = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }).find((name) => !names.has(name));
      if (missing) return [`${file.path}: ${path} needs ${missing}, which is not locked: npm ci would fail. Choose a version that is published for every platform.`];
      if (/^https?:/.test(entry.resolved ?? '')) return [`${file.path}: ${path} has the address it was downloaded from; "omit-lockfile-registry-resolved=true" is in .npmrc.`];
      return path !== '' && !entry.link && !entry.integrity && /(^|\/)node_modules\//.test(path) ? [`${file.path}: ${path} has no checksum.`] : [];
    });
  });

function lockedPackages(files: readonly SourceFile[], path: string): Record<string, Locked> {
  return json<{ packages?: Record<string, Locked> }>(files, path)?.packages ?? {};
}

function json<T>(files: readonly SourceFile[], path: string): T | undefined {
  const file = files.find((one) => one.path === path);
  return file && (JSON.parse(file.text) as T);
}
