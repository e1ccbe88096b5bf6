/** Who may import whom: the table of the design as data, and the rule that reads it. */

import { posix } from 'node:path';
import { importsOf, isShipped, type Rule, type SourceFile } from './source.ts';

interface Layer {
  /** Path prefixes; the longest that fits wins. */
  at: readonly string[];
  /** Layers whose values it may use; its own is always among them. */
  values: readonly string[];
  /** Layers of which it may name types only. */
  types?: readonly string[];
  packages?: readonly string[];
  /** May it use Node's modules? The pure layers may not: they run in webviews and tests of any kind. */
  node?: boolean;
}

const TFJS = '@tensorflow/tfjs-core';
const TEXT_TOOLS = ['jsonc-parser', 'yaml'];

export const layers: Readonly<Record<string, Layer>> = {
  core: { at: ['src/core/'], values: [] },
  dataset: { at: ['src/dataset/'], values: ['core'], packages: ['jsonc-parser'] },
  model: { at: ['src/model/'], values: ['core'] },
  rewards: { at: ['src/rewards/'], values: ['core'] },
  tokens: { at: ['src/tokens/'], values: ['core', 'dataset', 'model'], packages: ['@huggingface/tokenizers', '@huggingface/jinja'] },
  methods: { at: ['src/methods/'], values: ['core', 'dataset', 'tokens'] },
  run: { at: ['src/run/'], values: ['core', 'dataset', 'tokens', 'methods'], packages: TEXT_TOOLS },
  language: { at: ['src/language/'], values: ['core', 'dataset', 'tokens', 'methods', 'run'], packages: ['@vscode/l10n', ...TEXT_TOOLS] },
  protocol: { at: ['src/protocol/'], values: ['core'], types: ['dataset', 'run', 'language', 'tokens', 'methods'] },
  nn: { at: ['src/nn/'], values: ['core', 'model'], types: ['backend'], packages: [TFJS] },
  backend: { at: ['src/backend/'], values: ['core', 'model'], packages: [TFJS, '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-node-gpu'], node: true },
  train: { at: ['src/train/'], values: ['core', 'dataset', 'tokens', 'methods', 'model', 'nn', 'run', 'rewards'], types: ['backend', 'protocol'], packages: [TFJS] },
  // Adapters over node:* for what the pure layers describe: files, processes, workers.
  node: { at: ['src/node/'], values: ['core', 'run', 'protocol', 'model'], types: ['dataset', 'tokens', 'methods', 'language'], packages: ['modern-tar', 'yauzl'], node: true },
  server: { at: ['src/main/server.ts', 'src/main/server/'], values: ['core', 'dataset', 'tokens', 'methods', 'language', 'run', 'protocol', 'node'], packages: ['vscode-languageserver', 'vscode-languageserver-textdocument'], node: true },
  tokenWorker: { at: ['src/main/tokenWorker.ts'], values: ['core', 'dataset', 'tokens', 'methods', 'protocol', 'node'], node: true },
  rowWorker: { at: ['src/main/rowWorker.ts', 'src/main/shapeFiles.ts', 'src/main/fileFormat.ts', 'src/main/readLedger.ts'], values: ['core', 'dataset', 'language', 'protocol', 'node'], node: true },
  stats: { at: ['src/main/stats.ts', 'src/main/stats/'], values: ['core', 'dataset', 'tokens', 'methods', 'protocol', 'node', 'rowWorker'], node: true },
  convert: { at: ['src/main/convert.ts', 'src/main/convert/'], values: ['core', 'dataset', 'protocol', 'node'], packages: ['csv-parse', 'hyparquet', 'hyparquet-compressors', 'hyparquet-writer'], node: true },
  main: {
    at: ['src/main/'],
    values: ['core', 'dataset', 'model', 'rewards', 'tokens', 'methods', 'run', 'language', 'protocol', 'nn', 'train', 'backend', 'node', 'rowWorker', 'stats'],
    packages: [TFJS],
    node: true,
  },
  host: {
    at: ['src/host/', 'src/extension.ts'],
    values: ['core', 'dataset', 'tokens', 'methods', 'language', 'run', 'model', 'protocol', 'node'],
    packages: ['vscode', 'vscode-languageclient'],
    node: true,
  },
  webview: { at: ['webview/'], values: ['core', 'dataset', 'run', 'methods', 'protocol'], packages: ['@vscode/l10n', '@vscode/webview-ui-toolkit', 'uplot'] },
};

/** Packages that one file alone imports, so that they can be replaced in an afternoon. */
export const oneImporter: Readonly<Record<string, string>> = {
  '@vscode/webview-ui-toolkit': 'webview/shared/controls.ts',
  uplot: 'webview/shared/chart.ts',
  'csv-parse': 'src/main/convert/csvRows.ts',
  'hyparquet-compressors': 'src/main/convert/parquetRows.ts',
  'hyparquet-writer': 'src/main/convert/parquetRows.ts',
  'modern-tar': 'src/node/setup/unpack.ts',
  yauzl: 'src/node/setup/unpack.ts',
};

/** Imports follow the table: between layers, of packages, of Node. */
export const layerRule: Rule = (files) => files.filter(isShipped).flatMap(importProblems);

/** A package of `oneImporter` is imported there and nowhere else. */
export const oneImporterRule: Rule = (files) =>
  files.filter(isShipped).flatMap((file) =>
    importsOf(file.text).flatMap(({ specifier, line }) => {
      const only = oneImporter[packageName(specifier)];
      return only && file.path !== only ? [`${file.path}:${line} imports ${packageName(specifier)}; only ${only} does, so that it can be replaced.`] : [];
    }),
  );

export function layerOf(path: string): string | undefined {
  let best: { name: string; length: number } | undefined;
  for (const [name, { at }] of Object.entries(layers)) {
    for (const prefix of at) if (path.startsWith(prefix) && prefix.length > (best?.length ?? 0)) best = { name, length: prefix.length };
  }
  return best?.name;
}

function importProblems(file: SourceFile): string[] {
  const name = layerOf(file.path);
  if (!name) return [`${file.path} is in no layer of the table in test/tidy/rules/layers.ts.`];
  const layer = layers[name]!;
  return importsOf(file.text).flatMap(({ specifier, typeOnly, line }) => {
    const where = `${file.path}:${line}`;
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(file.path), specifier);
      if (target.startsWith('node_modules/')) return packageProblem(target.slice('node_modules/'.length));
      if (target === 'package.json' && layer.node) return [];
      if (target.endsWith('.css') || target.endsWith('.svg')) return name === 'webview' ? [] : [`${where} imports ${target}; styles belong to webview.`];
      const to = layerOf(target);
      if (!to) return [`${where} imports ${target}, which is in no layer.`];
      if (to === name || layer.values.includes(to) || (typeOnly && layer.types?.includes(to))) return [];
      return [`${where} imports ${to} (${target}); ${name} may import ${listed(layer.values)}${layer.types ? `, and types of ${listed(layer.types)}` : ''}.`];
    }
    if (specifier.startsWith('node:')) return layer.node ? [] : [`${where} imports ${specifier}; ${name} does not touch Node.`];
    return packageProblem(specifier);

    function packageProblem(path: string): string[] {
      const imported = packageName(path);
      return layer.packages?.includes(imported) ? [] : [`${where} imports the package ${imported}; ${name} may import ${listed(layer.packages ?? [])}.`];
    }
  });
}

/** `@scope/name/deep` → `@scope/name`; a css file of a package counts as the package. */
function packageName(specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

const listed = (names: readonly string[]) => (names.length > 0 ? names.join(', ') : 'nothing');
