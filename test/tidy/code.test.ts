/** What code may call: network, DOM, whole files, blocking calls, messages, who prepares rows, tensors read back, registries, shown texts. */

import { describe, test } from 'node:test';
import { assertAccepts, assertFinds, assertHolds } from './repository.ts';
import { blockingRule, domRule, hostTextRule, lossRule, messageRule, offlineRule, prepareRule, registryRule, wholeFileRule } from './rules/code.ts';

/** Folders where one file is one entry. */
const registries = ['src/dataset/formats', 'src/dataset/checks', 'src/methods', 'src/train/losses', 'src/rewards', 'src/nn/arch', 'src/main/cli', 'src/host/manifest'];

/** Who may read a whole file that could be a data set, and why. */
const wholeFileReaders: Record<string, string> = {
  'src/host/datasetEditor/datasetFile.ts': 'virtual workspaces have no ranged reads; up to 50 MB, above that it refuses',
};

describe('nothing leaves the machine', () => {
  test('holds in the repository', () => assertHolds(offlineRule));
  test('fails for a call or a module', () => {
    assertFinds(offlineRule, { 'src/run/a.ts': "await fetch('http://x');", 'src/node/b.ts': "import https from 'node:https';", 'webview/run/c.ts': 'new WebSocket(u)' }, /uses fetch/, /imports node:https/, /WebSocket/);
  });
  test('allows the one place, and words', () => {
    assertAccepts(offlineRule, { 'src/node/setup/network.ts': "await fetch('http://x');", 'src/run/a.ts': "// fetch(\nconst s = 'fetch(';\nrows.fetch(1);" });
  });
});

describe('the DOM belongs to webviews', () => {
  test('holds in the repository', () => assertHolds(domRule));
  test('fails when its types are let in', () => {
    assertFinds(domRule, { 'tsconfig.json': '{"compilerOptions": {"lib": ["ES2023", "DOM"]}}' }, /tsconfig\.json has the DOM/);
    assertFinds(domRule, { 'src/host/a.ts': '/// <reference lib="dom" />' }, /asks for the DOM/);
  });
});

describe('the extension host is never blocked', () => {
  test('holds in the repository', () => assertHolds(blockingRule));
  test('fails for a synchronous call', () => assertFinds(blockingRule, { 'src/host/runs/a.ts': "const text = fs.readFileSync('x');" }, /readFileSync, which blocks/));
});

describe('a data set is never read whole', () => {
  test('holds in the repository', () => assertHolds(wholeFileRule(wholeFileReaders)));
  test('fails for a whole read outside the named files', () => {
    assertFinds(wholeFileRule({}), { 'src/host/datasetEditor/a.ts': 'await vscode.workspace.fs.readFile(uri)' }, /readFile; a data set is never read whole/);
    assertAccepts(wholeFileRule({ 'src/host/datasetEditor/a.ts': 'why' }), { 'src/host/datasetEditor/a.ts': 'readFile(uri)' });
  });
});

describe('messages go through ports', () => {
  test('holds in the repository', () => assertHolds(messageRule));
  test('fails for a raw message', () => assertFinds(messageRule, { 'src/host/runs/a.ts': 'panel.webview.postMessage({ a: 1 })', 'webview/run/b.ts': 'acquireVsCodeApi()' }, /postMessage; messages are declared/, /acquireVsCodeApi/));
});

describe('how a row becomes tokens is written once', () => {
  test('holds in the repository', () => assertHolds(prepareRule));
  test('fails for whoever prepares rows by itself', () => {
    const broken = { 'src/main/trainer/a.ts': 'const side = prepareSequence(example, tokenizer, options);', 'src/language/b.ts': 'const t = createTokenizer(files);\nfor (const row of prepareLines(rows, t, {})) count(row);', 'src/main/tokenWorker.ts': "prepareExample(example, 'sft', tokenizer, {})" };
    assertFinds(prepareRule, broken, /a\.ts:1 calls prepareSequence/, /b\.ts:1 calls createTokenizer/, /b\.ts:2 calls prepareLines/, /tokenWorker\.ts:1 calls prepareExample/);
    assertAccepts(prepareRule, { 'src/methods/a.ts': 'preparePair(example, tokenizer, {})', 'src/main/tokenWorker.ts': 'prepareLines(rows, createTokenizer(files), {})' });
  });
});

describe('a loss never reads a tensor back', () => {
  test('holds in the repository', () => assertHolds(lossRule));
  test('fails for dataSync and its like', () => assertFinds(lossRule, { 'src/train/losses/a.ts': 'const x = loss.dataSync()[0]; const y = await z.array();' }, /dataSync/, /array/));
});

describe('registries list every file', () => {
  test('hold in the repository', () => assertHolds(registryRule(registries)));
  test('fail for a file that is not reached', () => {
    assertFinds(registryRule(['src/methods']), { 'src/methods/index.ts': "import { sft } from './sft.ts';", 'src/methods/sft.ts': "import './shared.ts';", 'src/methods/shared.ts': '', 'src/methods/dpo.ts': '' }, /src\/methods\/dpo\.ts is not in src\/methods\/index\.ts/);
    assertFinds(registryRule(['src/methods']), { 'src/methods/sft.ts': '' }, /index\.ts is missing/);
  });
});

describe('texts in the window can be translated', () => {
  test('holds in the repository', () => assertHolds(hostTextRule));
  test('fails for a bare string', () => {
    assertFinds(hostTextRule, { 'src/host/a.ts': "vscode.window.showErrorMessage('No run')", 'src/host/b.ts': "showQuickPick(items, { placeHolder: 'Choose a run' })" }, /a\.ts:1 shows a text/, /b\.ts:1 shows a text/);
    assertAccepts(hostTextRule, { 'src/host/a.ts': "vscode.window.showErrorMessage(vscode.l10n.t('No run'))" });
  });
});
