/** The bundled language server, driven over its standard streams as an editor would: problems, hover, completion, fixes, settings. */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import {
  createProtocolConnection, StreamMessageReader, StreamMessageWriter,
  type ClientCapabilities, type CodeAction, type CodeLens, type CompletionItem, type Diagnostic, type DocumentDiagnosticReport, type DocumentSymbol, type FoldingRange, type Hover, type ProtocolConnection, type Range, type TextEdit,
} from 'vscode-languageserver-protocol/node';
import { sleep } from '../../../src/core/abort.ts';
import { validateFile } from '../../../src/language/validate.ts';
import { FIX_ALL_KIND } from '../../../src/protocol/language.ts';

const folder = mkdtempSync(join(tmpdir(), 'posttrain-lsp-'));
const program = join(folder, 'server.cjs');
const uriOf = (name: string) => pathToFileURL(join(folder, name)).href;
const range = (line: number, from: number, to: number): Range => ({ start: { line, character: from }, end: { line, character: to } });

const build = (entry: string, outfile: string) => void buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs', mainFields: ['module', 'main'], logLevel: 'error' });
before(() => {
  for (const [entry, outfile] of [['src/main/server.ts', program], ['src/main/rowWorker.ts', join(folder, 'rowWorker.js')]] as const) build(entry, outfile);
});
after(() => rmSync(folder, { recursive: true, force: true }));

interface Session {
  connection: ProtocolConnection;
  settings: Record<string, unknown>;
  /** Those of documents that have others. */
  settingsOf: Map<string, Record<string, unknown>>;
  pushed: Map<string, Diagnostic[]>;
  /** How often the server asked for code lenses to be asked for again. */
  lensRefreshes: number;
  /** What the server told the person. */
  messages: string[];
  /** How often the server asked for diagnostics to be pulled again. */
  refreshes: number;
  open(name: string, text: string, languageId?: string): string;
  change(uri: string, text: string, at?: Range): void;
  pull(uri: string, previousResultId?: string): Promise<DocumentDiagnosticReport>;
  problems(uri: string): Promise<Diagnostic[]>;
  close(): Promise<void>;
}

const pulling: ClientCapabilities = {
  textDocument: { diagnostic: {}, codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } }, resolveSupport: { properties: ['edit'] } } },
  workspace: { configuration: true, didChangeConfiguration: {}, diagnostics: { refreshSupport: true }, codeLens: { refreshSupport: true } },
};

async function start(capabilities: ClientCapabilities = pulling): Promise<Session> {
  const child: ChildProcess = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout!), new StreamMessageWriter(child.stdin!));
  const versions = new Map<string, number>();
  const session: Session = {
    connection,
    settings: {},
    settingsOf: new Map(),
    pushed: new Map(),
    refreshes: 0,
    lensRefreshes: 0,
    messages: [],
    open(name, text, languageId = 'jsonl') {
      const uri = uriOf(name);
      versions.set(uri, 1);
      void connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } });
      return uri;
    },
    change(uri, text, at) {
      const version = versions.get(uri)! + 1;
      versions.set(uri, version);
      void connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [at ? { range: at, text } : { text }] });
    },
    pull: (uri, previousResultId) => connection.sendRequest('textDocument/diagnostic', { textDocument: { uri }, previousResultId }),
    async problems(uri) {
      const report = await session.pull(uri);
      assert.equal(report.kind, 'full');
      return (report as { items: Diagnostic[] }).items;
    },
    async close() {
      await connection.sendRequest('shutdown');
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await connection.sendNotification('exit');
      assert.equal(await ended, 0);
      connection.dispose();
    },
  };
  connection.onRequest('workspace/configuration', ({ items }: { items: { section: string; scopeUri?: string }[] }) => items.map(({ section, scopeUri }) => (section === 'posttrain' ? (session.settingsOf.get(scopeUri ?? '') ?? session.settings) : null)));
  connection.onRequest('workspace/diagnostic/refresh', () => {
    session.refreshes++;
    return null;
  });
  connection.onRequest('window/showMessageRequest', ({ message }: { message: string }) => {
    session.messages.push(message);
    return null;
  });
  connection.onRequest('workspace/codeLens/refresh', () => {
    session.lensRefreshes++;
    return null;
  });
  connection.onRequest('client/registerCapability', () => null);
  connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }: { uri: string; diagnostics: Diagnostic[] }) => void session.pushed.set(uri, diagnostics));
  connection.listen();
  await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities });
  await connection.sendNotification('initialized', {});
  return session;
}

const good = '{"prompt": "2 + 3 =", "completion": " 5"}';

describe('the language server', () => {
  let session: Session;
  before(async () => void (session = await start()));
  after(() => session.close());

  test('finds problems at their place, and again after an edit of the line', async () => {
    const uri = session.open('a.jsonl', `${good}\n{"promt": "2 + 4 =", "completion": " 6"}\n${good}\n`);
    const [problem, ...others] = await session.problems(uri);
    assert.equal(others.length, 0);
    assert.deepEqual([problem!.code, problem!.source, problem!.severity, problem!.range], ['misspelt-key', 'posttrain', 1, range(1, 1, 8)]);
    session.change(uri, 'prompt', range(1, 2, 7));
    assert.deepEqual(await session.problems(uri), []);
    session.change(uri, '', range(2, 5, 6));
    assert.equal((await session.problems(uri))[0]!.range.start.line, 2);
  });

  test('answers unchanged documents with "unchanged", and anew after an edit or other settings', async () => {
    const uri = session.open('b.jsonl', `${good}\n`);
    const { resultId } = (await session.pull(uri)) as { resultId: string };
    assert.deepEqual(await session.pull(uri, resultId), { kind: 'unchanged', resultId });
    session.change(uri, ' ', range(0, 0, 0));
    const again = (await session.pull(uri, resultId)) as { kind: string; resultId: string };
    assert.equal(again.kind, 'full');
    session.settings = { validation: { enabled: true, maxProblems: 1 } };
    await session.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    assert.equal((await session.pull(uri, again.resultId)).kind, 'full');
    session.settings = {};
    await session.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  });

  test('holds rows against each other once typing rests, says what the terminal says, and follows edits', async () => {
    const rows = [...Array.from({ length: 130 }, (_, i) => ({ prompt: `p${i % 10}`, completion: `c${i % 20}`, score: i === 30 ? 'high' : i })), ...Array.from({ length: 30 }, () => ({ prompt: `${good} `.repeat(4), completion: 'x' }))];
    const text = `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
    const terminal: string[] = [];
    const lines = text.split('\n').slice(0, -1);
    await validateFile([lines], { across: { known: {}, again: () => [lines] }, onProblem: ({ line, problem }) => terminal.push(`${line}:${problem.start}-${problem.end} ${problem.code} ${problem.message}`) });
    const said = (found: Diagnostic[]) => found.map(({ range: { start, end }, code, message }) => `${start.line + 1}:${start.character}-${end.character} ${code} ${message}`);

    const before = session.refreshes;
    const uri = session.open('across.jsonl', text);
    const until = async (isDone: (found: Diagnostic[]) => boolean) => {
      for (;;) {
        const found = await session.problems(uri);
        if (isDone(found)) return found;
        await sleep(50);
      }
    };
    assert.deepEqual(await session.problems(uri), []);
    const found = await until(({ length }) => length > 100);
    assert.deepEqual(said(found).sort(), terminal.sort());
    assert.ok(session.refreshes > before);

    // what stands below moves along, and what was said of the line itself is gone, until the next look
    const copyIn = (now: Diagnostic[]) => now.findLast(({ code }) => code === 'duplicate-row')!.range;
    const { start } = copyIn(found);
    session.change(uri, '{"prompt": "new", "completion": "n"}\n', range(0, 0, 0));
    assert.equal(copyIn(await session.problems(uri)).start.line, start.line + 1);
    session.change(uri, 'x', range(start.line + 1, 13, 13));
    assert.ok(copyIn(await session.problems(uri)).start.line < start.line + 1);
    const after = await until((now) => now.some(({ code, message }) => code === 'type-drift' && String(message).includes('line 2:')));

    const [action] = await session.connection.sendRequest<CodeAction[]>('textDocument/codeAction', { textDocument: { uri }, range: copyIn(after), context: { diagnostics: [] } });
    assert.equal(action!.title, 'Remove this copy');
  });

  test('keeps to the settings of the document: at most so many problems, a named format, none at all', async () => {
    const uri = session.open('c.jsonl', '{"prompt": "a"}\n{"prompt": ""}\n{"prompt": ""}\n');
    const change = async (settings: Record<string, unknown>) => {
      session.settings = settings;
      await session.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
      return session.problems(uri);
    };
    assert.deepEqual((await change({ validation: { maxProblems: 1 } })).map(({ code }) => code), ['more-problems', 'empty-prompt']);
    assert.deepEqual((await change({ dataset: { format: 'prompt-completion' } })).map(({ code }) => code), ['missing-key', 'missing-key', 'missing-key']);
    assert.deepEqual(await change({ validation: { enabled: false } }), []);
    assert.equal((await change({ validation: 'nonsense', dataset: { format: 'no such' } })).length, 2);
    await change({});
  });

  test('takes what a check finds as each folder says, offers no fix for what does not count, and mends none of it', async () => {
    const rows = '{"promt": "a", "completion": "b"}\n{"prompt": "a", "completion": "b"}\n\n';
    session.settings = { checks: { 'misspelt-key': 'info' } };
    session.settingsOf.set(uriOf('loose/i.jsonl'), { checks: { 'misspelt-key': 'off', 'blank-line': 'error', nonsense: 'off', bom: 'loud' } });
    const [strict, loose] = [session.open('strict/i.jsonl', rows), session.open('loose/i.jsonl', rows)];
    const said = async (uri: string) => (await session.problems(uri)).map(({ code, severity }) => `${code} ${severity}`);
    assert.deepEqual(await said(strict), ['misspelt-key 3', 'blank-line 3']);
    assert.deepEqual(await said(loose), ['blank-line 1']);
    const ask = (uri: string, only?: string[]) => session.connection.sendRequest<CodeAction[]>('textDocument/codeAction', { textDocument: { uri }, range: range(0, 0, 1), context: { diagnostics: [], only } });
    assert.deepEqual([(await ask(strict)).length > 0, await ask(loose)], [true, []]);
    const mended = async (uri: string) => (await ask(uri, [FIX_ALL_KIND]))[0]!.edit!.changes![uri]!.map((edit) => edit.range.start.line);
    assert.deepEqual([await mended(strict), await mended(loose)], [[0, 2], [2]]);

    const { resultId } = (await session.pull(strict)) as { resultId: string };
    session.settings = { checks: { 'misspelt-key': 'off', 'blank-line': 'off' } };
    await session.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    assert.equal((await session.pull(strict, resultId)).kind, 'full');
    assert.deepEqual(await said(strict), []);
    session.settings = {};
    session.settingsOf.clear();
    await session.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  });

  test('ignores a check in a row or a file, as a file beside it says, which light bulb and hand write', async () => {
    const rows = '{"prompt": "a", "completion": ""}\n{"prompt": "b", "completion": ""}\n\n\n';
    const uri = session.open('ignored.jsonl', rows);
    const said = async () => (await session.problems(uri)).map(({ code, range: { start } }) => `${start.line + 1} ${code}`);
    const ask = async (line: number, character: number) => (await session.connection.sendRequest<CodeAction[]>('textDocument/codeAction', { textDocument: { uri }, range: range(line, character, character), context: { diagnostics: [] } })).filter(({ command }) => command);
    const choose = (actions: CodeAction[], title: string) => {
      const { command, arguments: given } = actions.find((one) => one.title === title)!.command!;
      return session.connection.sendRequest('workspace/executeCommand', { command, arguments: given });
    };
    assert.deepEqual(await said(), ['1 empty-answer', '2 empty-answer', '3 blank-line', '4 blank-line']);
    assert.deepEqual(await ask(0, 3), [], 'the problem is elsewhere in the row');
    assert.deepEqual((await ask(0, 31)).map(({ title }) => title), ['Ignore "empty-answer" in this row', 'Ignore every "empty-answer" in this file']);
    const { resultId } = (await session.pull(uri)) as { resultId: string };
    const before = session.refreshes;
    await choose(await ask(0, 31), 'Ignore "empty-answer" in this row');
    assert.ok(session.refreshes > before);
    assert.equal((await session.pull(uri, resultId)).kind, 'full');
    assert.deepEqual(await said(), ['2 empty-answer', '3 blank-line', '4 blank-line']);
    assert.deepEqual((await ask(2, 0)).map(({ title }) => title), ['Ignore every "blank-line" in this file']);
    await choose(await ask(2, 0), 'Ignore every "blank-line" in this file');
    assert.deepEqual(await said(), ['2 empty-answer']);
    session.change(uri, 'x', range(0, 13, 13));
    assert.deepEqual(await said(), ['1 empty-answer', '2 empty-answer'], 'an edited row is looked at again');

    writeFileSync(join(folder, 'ignored.jsonl.checks.json'), '{"checks": {"empty-answer": "info", "nonsense": "off"}}');
    await session.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
    const [fault, ...others] = await session.problems(uri);
    assert.deepEqual([fault!.code, fault!.message], ['checks-file', '"nonsense" in ignored.jsonl.checks.json counts for nothing: there is no check of this name.']);
    assert.deepEqual(others.map(({ code, severity }) => `${code} ${severity}`), ['empty-answer 3', 'empty-answer 3', 'blank-line 3', 'blank-line 3']);
    writeFileSync(join(folder, 'ignored.jsonl.checks.json'), '[]');
    session.messages.length = 0;
    await choose(await ask(0, 32), 'Ignore "empty-answer" in this row');
    assert.match(session.messages.join(), /is no JSON object/);
    assert.deepEqual(await ask(0, 0), []);
  });

  test('shows above the first row what the rows are and how many, and their problems once they are counted', async () => {
    const uri = session.open('lens.jsonl', `${good}\n\n{"promt": "a", "completion": "b"}\n`);
    const lenses = async (of = uri) => (await session.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: of } })).map(({ command, range: { start, end } }) => {
      assert.deepEqual([start, end], [{ line: 0, character: 0 }, { line: 0, character: 0 }]);
      return command!.title;
    });
    assert.deepEqual(await lenses(), ['Prompt and completion: 2 rows', 'Statistics', 'New Run Spec…']);
    const before = session.lensRefreshes;
    await session.problems(uri);
    assert.equal(session.lensRefreshes, before + 1);
    assert.equal((await lenses())[1], '1 error, 1 note');
    session.change(uri, 'prompt', range(2, 2, 7));
    session.change(uri, '', { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } });
    await session.problems(uri);
    assert.deepEqual((await lenses()).slice(0, 2), ['Prompt and completion: 2 rows', 'No problems']);
    session.change(uri, ' ', range(0, 0, 0));
    const calm = session.lensRefreshes;
    await session.problems(uri);
    assert.equal(session.lensRefreshes, calm, 'the same counts are the same lens');
    session.settings = { validation: { enabled: false }, dataset: { format: 'text' } };
    await session.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    assert.deepEqual(await lenses(), ['Text: 2 rows', 'Statistics', 'New Run Spec…']);
    session.settings = {};
    await session.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    assert.deepEqual(await lenses(session.open('no-lens.jsonl', '\n\n')), []);
    assert.deepEqual(await lenses(session.open('lens.posttrain.yaml', 'method: sft\n', 'yaml')), []);
  });

  test('outlines rows with their keys, and folds what is long', async () => {
    const uri = session.open('outline.jsonl', `${good}\n\n{"prompt": "x", "": [1], "n": null, "open": \nno json\n`);
    const outline = (of: string) => session.connection.sendRequest<DocumentSymbol[] | null>('textDocument/documentSymbol', { textDocument: { uri: of } });
    const folds = (of: string) => session.connection.sendRequest<FoldingRange[] | null>('textDocument/foldingRange', { textDocument: { uri: of } });
    const [first, second, third] = (await outline(uri))!;
    assert.deepEqual([first!.name, first!.detail, first!.range], ['Row 1', '2 + 3 =', range(0, 0, good.length)]);
    assert.deepEqual(first!.children!.map(({ name, kind, range: at, selectionRange }) => [name, kind, at, selectionRange]), [
      ['prompt', 15, range(0, 1, 20), range(0, 1, 9)],
      ['completion', 15, range(0, 22, 40), range(0, 22, 34)],
    ]);
    assert.deepEqual([second!.name, second!.children!.map(({ name, kind }) => [name, kind])], ['Row 3', [['prompt', 15], ['""', 18], ['n', 21]]]);
    assert.deepEqual([third!.name, third!.detail, third!.children], ['Row 4', 'no json', []]);
    assert.equal(await folds(uri), null);

    const long = session.open('long.jsonl', `${good}\n`.repeat(30_000));
    const symbols = (await outline(long))!;
    const rest = symbols.at(-1)!;
    assert.deepEqual([symbols.length < 5000, rest.name, rest.range.start.line], [true, `${(30_000 - symbols.length + 1).toLocaleString('en')} more rows`, symbols.length - 1]);
    const ranges = (await folds(long))!;
    assert.deepEqual([ranges.length, ranges[1], ranges.at(-1)], [300, { startLine: 100, endLine: 199 }, { startLine: 29_900, endLine: 29_999 }]);

    const list = session.open('list.jsonl', `[\n${'  {"text": "a"},\n'.repeat(500)}]\n`);
    assert.equal(await folds(list), null, 'is folded by its indentation');
    const spec = session.open('outline.posttrain.yaml', 'method: sft\n', 'yaml');
    assert.deepEqual([await outline(spec), await folds(spec)], [null, null]);
  });

  test('explains keys', async () => {
    const uri = session.open('d.jsonl', `${good}\n`);
    const hover = (await session.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position: { line: 0, character: 25 } })) as Hover;
    assert.match((hover.contents as { value: string }).value, /\*\*completion\*\*.*needed/s);
    assert.deepEqual(hover.range, range(0, 22, 34));
    assert.equal(await session.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position: { line: 0, character: 15 } }), null);
  });

  test('completes keys and roles', async () => {
    const uri = session.open('e.jsonl', '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n{"messages": [{"role": "", "": ""}]}\n');
    const complete = async (character: number) => (await session.connection.sendRequest('textDocument/completion', { textDocument: { uri }, position: { line: 1, character } })) as CompletionItem[];
    assert.deepEqual((await complete(24)).map(({ label }) => label), ['system', 'developer', 'user', 'assistant', 'tool']);
    const keys = await complete(28);
    assert.equal(keys[0]!.label, 'content');
    assert.ok(!keys.some(({ label }) => label === 'role'), 'a key that is there already is not offered');
    assert.deepEqual((keys[0]!.textEdit as TextEdit).range, range(1, 27, 29));
  });

  test('mends a row, every row of a kind, and all that is safe', async () => {
    const text = `${good}\n{"promt": "2 + 4 =", "completion": " 6",}\n{"promt": "a", "completion": "b"}\n\n{'promt': 'c', "completion": NaN}\n`;
    const uri = session.open('f.jsonl', text);
    const diagnostics = await session.problems(uri);
    const ask = (line: number, only?: string[]) => session.connection.sendRequest('textDocument/codeAction', { textDocument: { uri }, range: range(line, 0, 1), context: { diagnostics, only } }) as Promise<CodeAction[]>;
    const rename = (await ask(2)).find(({ isPreferred }) => isPreferred);
    assert.equal(rename!.title, 'Rename "promt" to "prompt"');
    assert.deepEqual(rename!.edit!.changes![uri], [{ range: range(2, 1, 8), newText: '"prompt"' }]);
    assert.equal(rename!.diagnostics!.length, 1);
    const every = (await ask(2)).find(({ title }) => title.startsWith('Fix every'))!;
    const resolved = (await session.connection.sendRequest('codeAction/resolve', every)) as CodeAction;
    assert.deepEqual(resolved.edit!.changes![uri]!.map((edit) => edit.range.start.line), [2]);
    const [all] = await ask(0, [FIX_ALL_KIND]);
    assert.deepEqual(
      all!.edit!.changes![uri],
      [
        { range: range(1, 39, 40), newText: '' },
        { range: range(2, 1, 8), newText: '"prompt"' },
        { range: { start: { line: 3, character: 0 }, end: { line: 4, character: 0 } }, newText: '' },
        { range: range(4, 1, 8), newText: '"promt"' },
        { range: range(4, 10, 13), newText: '"c"' },
      ],
      'the comma, the key, the empty line and the quotes; not NaN, which may mean something',
    );
  });

  test('looks through a large document without keeping anybody waiting, and only at what changed', async () => {
    const rows = 60_000;
    const uri = session.open('g.jsonl', `${good}\n`.repeat(rows));
    const first = session.pull(uri);
    const hover = await session.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position: { line: 0, character: 3 } });
    assert.ok(hover);
    assert.deepEqual(((await first) as { items: Diagnostic[] }).items, []);
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const line = 1000 * i;
      const before = performance.now();
      session.change(uri, i % 2 ? '}' : '', range(line, good.length - 1, good.length));
      const found = await session.problems(uri);
      times.push(performance.now() - before);
      assert.ok(found.some(({ range: at }) => at.start.line === line) === (i % 2 === 0));
    }
    times.sort((a, b) => a - b);
    assert.ok(times[10]! < 100, `an edit took ${times[10]!.toFixed(1)} ms until its problems were there`);
  });

  test('gives up a look when the document changes, and asks to be asked again', async () => {
    const uri = session.open('h.jsonl', `${good}\n`.repeat(200_000));
    const cancelled = session.pull(uri);
    // A light bulb looks for the file of checks as the look does: once it has answered, the look has begun.
    for (let i = 0; i < 3; i++) await session.connection.sendRequest('textDocument/codeAction', { textDocument: { uri }, range: range(0, 0, 0), context: { diagnostics: [] } });
    session.change(uri, '{', range(0, 0, 0));
    await assert.rejects(cancelled, /changed/);
    assert.ok((await session.problems(uri)).length > 0);
  });

  test('checks run specs: keys, types, and files that are not there', async () => {
    writeFileSync(join(folder, 'rows.jsonl'), `${good}\n`);
    const uri = session.open('x.posttrain.yaml', 'method: sft\nmodel_name_or_path: nowhere\ndataset: rows.jsonl\noutput_dir: out\nlearning_rat: 1\n', 'yaml');
    const found = await session.problems(uri);
    assert.deepEqual(found.map(({ code, range: at }) => [code, at.start.line]), [['spec-missing-file', 1], ['spec-unknown-key', 4]]);
    const hover = (await session.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position: { line: 2, character: 1 } })) as Hover;
    assert.match((hover.contents as { value: string }).value, /\*\*dataset\*\*/);
    session.change(uri, '\n', range(4, 0, 15));
    const items = (await session.connection.sendRequest('textDocument/completion', { textDocument: { uri }, position: { line: 4, character: 0 } })) as CompletionItem[];
    assert.ok(items.some(({ label }) => label === 'learning_rate') && !items.some(({ label }) => label === 'dataset'));
  });

  test('says nothing of documents that are not ours', async () => {
    const uri = session.open('notes.txt', 'not json', 'plaintext');
    assert.deepEqual(await session.problems(uri), []);
    assert.deepEqual(await session.problems(uriOf('never-opened.jsonl')), []);
    assert.deepEqual(await session.problems(session.open('rows.jsonl.annotations.jsonl', '{"row":"r"}\nwhatever\n')), []);
  });
});

test('an editor that cannot ask gets the problems sent, and sent again when they are gone', async () => {
  const session = await start({});
  const uri = session.open('p.jsonl', '{"text": "a",}\n');
  const wait = async (wanted: number) => {
    for (let i = 0; i < 100 && session.pushed.get(uri)?.length !== wanted; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    return session.pushed.get(uri)?.map(({ code }) => code);
  };
  assert.deepEqual(await wait(1), ['trailing-comma']);
  session.change(uri, '', range(0, 12, 13));
  assert.deepEqual(await wait(0), []);
  await session.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  await session.close();
});
