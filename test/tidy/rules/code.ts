/** Rules about what code may call: network, the DOM, whole-file reads, blocking calls, messages, tensors read back. */

import { posix } from 'node:path';
import { codeOnly, importsOf, isShipped, type Rule, type SourceFile } from './source.ts';

/** The only file that may open a connection. */
const NETWORK = 'src/node/setup/network.ts';
const NETWORK_MODULES = new Set(['http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns', 'undici', 'ws', 'axios', 'node-fetch', 'got'].flatMap((name) => [name, `node:${name}`, `node:${name}/promises`]));
const NETWORK_CALL = /(?<![.\w])(fetch|WebSocket|XMLHttpRequest|EventSource)\s*\(|\bnew\s+(WebSocket|XMLHttpRequest|EventSource)\b|\bsendBeacon\b/;

/** Nothing leaves the machine but what the person's own set-up command fetches, in one named place. */
export const offlineRule: Rule = (files) =>
  files.filter((file) => isShipped(file) && file.path !== NETWORK).flatMap((file) => [
    ...importsOf(file.text).filter(({ specifier }) => NETWORK_MODULES.has(specifier)).map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}; network code lives in ${NETWORK}.`),
    ...calls(file, NETWORK_CALL, (call) => `uses ${call}; network code lives in ${NETWORK}.`),
  ]);

/** The DOM's types are not there outside webview/, so that a use does not compile. */
export const domRule: Rule = (files) => {
  const config = files.find(({ path }) => path === 'tsconfig.json');
  const libs = config ? ((JSON.parse(config.text) as { compilerOptions?: { lib?: string[] } }).compilerOptions?.lib ?? ['DOM']) : [];
  return [
    ...(libs.some((lib) => /^dom/i.test(lib)) ? ['tsconfig.json has the DOM in "lib": only webview/ (tsconfig.webview.json) touches it.'] : []),
    ...files.filter(({ path, text }) => /^src\/.*\.ts$/.test(path) && /^\s*\/\/\/\s*<reference\s+lib=["']dom/im.test(text)).map(({ path }) => `${path} asks for the DOM's types; only webview/ touches the DOM.`),
  ];
};

/** The extension host's thread serves every extension: no call that blocks it. */
export const blockingRule: Rule = (files) =>
  files.filter(({ path }) => path === 'src/extension.ts' || path.startsWith('src/host/')).flatMap((file) =>
    calls(file, /\b(\w+Sync|Atomics\.wait)\s*\(/, (call) => `calls ${call}, which blocks the extension host: use the asynchronous form.`),
  );

/** Data sets are read through a byte source. `toldApart` names the files that may read a whole file, and why. */
export const wholeFileRule =
  (toldApart: Readonly<Record<string, string>>): Rule =>
  (files) =>
    files.filter(({ path }) => /^src\/(host\/datasetEditor|host\/language|dataset|language|main\/server)/.test(path) && !(path in toldApart)).flatMap((file) =>
      calls(file, /\b(readFile|readFileSync|readAll)\s*\(/, (call) => `calls ${call}; a data set is never read whole but through a byte source (src/core/byteSource.ts).`),
    );

/** Raw messages pass through the ports alone; everyone else talks through a typed peer. */
export const messageRule: Rule = (files) =>
  files.filter((file) => isShipped(file) && !PORTS.has(file.path)).flatMap((file) =>
    calls(file, /\b(postMessage|process\.send|onDidReceiveMessage|acquireVsCodeApi)\s*\(/, (call) => `calls ${call}; messages are declared in src/protocol and go through a port (${[...PORTS].join(', ')}).`),
  );
const PORTS = new Set(['src/host/webviewPage.ts', 'src/node/portNdjson.ts', 'src/node/workerPort.ts', 'webview/shared/connect.ts']);

/** How a row becomes tokens and labels is written once: methods say which way, the token worker runs them, everyone else asks it. */
export const prepareRule: Rule = (files) =>
  files.filter(isShipped).flatMap((file) => {
    const isMethod = file.path.startsWith('src/methods/') || file.path.startsWith('src/tokens/');
    const isWorker = isMethod || file.path === 'src/main/tokenWorker.ts';
    return [
      ...(isMethod ? [] : calls(file, /(?<!function )\b(prepareSequence|preparePair|prepareExample)\s*\(/, (call) => `calls ${call}; rows are prepared by src/methods alone.`)),
      ...(isWorker ? [] : calls(file, /(?<!function )\b(prepareLines|createTokenizer|compileChatTemplate)\s*\(/, (call) => `calls ${call}; a row becomes tokens in the token worker alone (src/node/tokenWorker.ts asks it).`)),
    ];
  });

/** A loss never reads a tensor back, so that its step can be recorded and run as one graph. */
export const lossRule: Rule = (files) =>
  files.filter(({ path }) => path.startsWith('src/train/losses/')).flatMap((file) =>
    calls(file, /\.(dataSync|arraySync|data|array|buffer|bufferSync|bytes)\s*\(/, (call) => `calls ${call.replace(/\s*\(/, '')}: a loss never reads a tensor back.`),
  );

/** One file, one line: an entry in a registry's folder that its index does not list, and nobody else uses, was forgotten. */
export const registryRule =
  (folders: readonly string[]): Rule =>
  (files) => {
    const texts = new Map(files.map(({ path, text }) => [path, text]));
    return folders.flatMap((folder) => {
      const inFolder = [...texts.keys()].filter((path) => posix.dirname(path) === folder && path.endsWith('.ts'));
      if (inFolder.length === 0) return [];
      const index = `${folder}/index.ts`;
      const reached = new Set<string>();
      const follow = (path: string) => {
        if (reached.has(path) || !texts.has(path)) return;
        reached.add(path);
        for (const { specifier } of importsOf(texts.get(path)!)) if (specifier.startsWith('./')) follow(posix.join(posix.dirname(path), specifier));
      };
      follow(index);
      if (!reached.has(index)) return [`${index} is missing: it lists what ${folder}/ offers.`];
      const used = new Set(files.filter(({ path }) => isShipped({ path, text: '' }) && posix.dirname(path) !== folder).flatMap(({ path, text }) => importsOf(text).map(({ specifier }) => posix.join(posix.dirname(path), specifier))));
      return inFolder.filter((path) => !reached.has(path) && !used.has(path)).map((path) => `${path} is not in ${index}: add its line, or move it out of the folder.`);
    });
  };

/** What a person reads in the window goes through vscode.l10n. */
export const hostTextRule: Rule = (files) =>
  files.filter(({ path }) => path.startsWith('src/host/') && !path.startsWith('src/host/manifest/')).flatMap((file) => {
    const spoken = /\bshow(?:Information|Warning|Error)Message\s*\(\s*(['"`])|\b(?:placeHolder|prompt|tooltip|title)\s*:\s*(['"])(?=[A-Z])/g;
    return [...file.text.matchAll(spoken)].map((match) => `${file.path}:${lineOf(file.text, match.index)} shows a text that is not in vscode.l10n.t(…).`);
  });

function calls(file: SourceFile, pattern: RegExp, say: (call: string) => string): string[] {
  const code = codeOnly(file.text);
  return [...code.matchAll(new RegExp(pattern, 'g'))].map((match) => `${file.path}:${lineOf(code, match.index)} ${say(`${match[0].replace(/\s*\($/, '').trim()}`)}`);
}

const lineOf = (text: string, index: number) => text.slice(0, index).split('\n').length;
