/** One page that shows a dataset: answers what it asks and tells it what changed, also through other pages. */

import * as vscode from 'vscode';
import { sleep } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { createSlicer } from '../../core/slice.ts';
import { oneLine } from '../../core/text.ts';
import { withoutCr } from '../../dataset/lineText.ts';
import type { Line } from '../../dataset/recordStore.ts';
import { summariseRow } from '../../dataset/rowSummary.ts';
import type { DatasetHost, DatasetPage, DocumentState, NoticeAction, RowItem, ViewCommand } from '../../protocol/datasetView.ts';
import { connectPeer, type Port } from '../../protocol/rpc.ts';
import type { CommandId } from '../manifest/commands.ts';
import type { RowAt } from './changeHistory.ts';
import { changeLabel, fieldName } from './editLabels.ts';
import { createFindRows } from './findRows.ts';
import { noticeOf, readOnlyReason } from './notices.ts';
import type { OpenDataset } from './provider.ts';
import { MAX_ROW_BYTES } from './rowEdits.ts';

export interface Session {
  /** The row that the page has selected, as it last said, and the number that it has now. */
  readonly selected: RowAt | undefined;
  readonly selectedRow: number | undefined;
  reveal(row: number, options?: { focus: boolean }): void;
  /** For screen readers. */
  announce(text: string): void;
  command(name: ViewCommand): void;
  /** Settles when what was typed in the page is in the document, or the page does not answer. */
  flush(): Promise<void>;
  dispose(): void;
}

/** Enough for the list's one line; a longer row shows its beginning. */
const LIST_ROW_BYTES = 256 * 1024;
const MAX_LIST_ROWS = 500;
const FIND_ROWS = 2000;
/** Of a row that went while it was asked for: the page is told of that next. */
const noLine: Line = { text: '', sizeBytes: 0, cut: false };
/** A page that takes longer is not there: hidden, or not loaded yet. */
const FLUSH_MS = 400;

export function openSession(open: OpenDataset, port: Port, act: (action: NoticeAction) => Promise<void>, goToRow: (session: Session) => void): Session {
  const { document, problems, annotations } = open;
  let selected: RowAt | undefined;
  let undoing: Promise<unknown> = Promise.resolve();
  const { t } = vscode.l10n;

  const state = (): DocumentState => ({
    name: document.file.name,
    revision: document.revision,
    rows: document.rows,
    indexing: document.indexing,
    format: document.format && { id: document.format.id, label: document.format.label, fields: [...document.format.fields] },
    readOnly: readOnlyReason(document),
    notice: noticeOf(document, open.facts, open.validating() ? problems.ofFile : []),
    problems: problems.counts,
    annotations: annotations.progress,
  });

  const listRows = async (lines: readonly (Line | undefined)[], rowOf: (i: number) => number, signal?: AbortSignal): Promise<RowItem[]> => {
    const slicer = createSlicer(6, signal);
    await annotations.settled();
    const rows: RowItem[] = [];
    for (const [i, line = noLine] of lines.entries()) {
      const found = open.validating() ? problems.check(line, rowOf(i)) : [];
      const worst = (['error', 'warning', 'info', 'hint'] as const).find((severity) => found.some((problem) => problem.severity === severity));
      rows.push({ ...summariseRow(line, document.format?.fields ?? []), severity: worst, problems: found.length, verdict: annotations.verdict(line) });
      await slicer.pause();
    }
    return rows;
  };
  const findRows = createFindRows(document, (found) => peer.emit('found', found), { annotations: () => annotations.onDisk(), rules: () => ({ levels: problems.rules.levels, rows: problems.rules.rows }) });

  const peer = connectPeer<DatasetHost, DatasetPage>(
    port,
    {
      'document/open': () => ({ state: state(), strings: vscode.l10n.bundle as Record<string, string> | undefined, layout: open.layout.read() }),
      async 'layout/write'({ layout }) {
        await open.layout.write(layout);
        return null;
      },
      async 'rows/read'({ from, count }, signal) {
        const { revision } = document;
        const lines = await document.read(from, Math.min(count, MAX_LIST_ROWS), LIST_ROW_BYTES);
        return { revision, from, rows: await listRows(lines, (i) => from + i, signal) };
      },
      async 'rows/pick'({ rows: wanted, replace }) {
        const { revision } = document;
        const lines = await Promise.all(wanted.slice(0, MAX_LIST_ROWS).map(async (row) => (await document.read(row, 1, LIST_ROW_BYTES))[0]));
        const items = await listRows(lines, (i) => wanted[i]!);
        const changes = replace && (await findRows.preview(lines.map((line) => line ?? noLine), replace));
        return { revision, rows: items.map((item, i) => (changes ? { ...item, change: changes[i] } : item)) };
      },
      'find/run': (params, signal) => findRows.run(params, signal),
      async 'find/replace'({ find, at }) {
        const row = at && document.find(at);
        if (at && row === undefined) return { rows: 0 };
        const label = (rows: number) => (rows === 1 ? t('Replace "{0}" in one row', oneLine(find.text, 40)) : t('Replace "{0}" in {1} rows', oneLine(find.text, 40), rows));
        return { rows: await findRows.replace(find, row, label) };
      },
      async 'row/read'({ row }) {
        await annotations.settled();
        const { revision } = document;
        const [line] = await document.read(row, 1, MAX_ROW_BYTES);
        if (!line) return undefined;
        return { revision, row, text: withoutCr(line.text), sizeBytes: line.sizeBytes, cut: line.cut, problems: open.validating() ? [...problems.check(line, row)] : [], drafts: document.drafts.of(row).map(({ place, text }) => ({ place, text })), annotation: annotations.describe(line) };
      },
      async 'row/setText'({ row, revision, path, text, form, stroke }) {
        await document.setText({ row, revision }, path, text, stroke, (now) => t('Edit {0} of row {1}', fieldName(path), now + 1), form);
        return { revision: document.revision };
      },
      async 'row/draft'({ row, revision, place, text }) {
        await (text === undefined ? document.dropDraft({ row, revision }, place) : document.setDraft({ row, revision }, place, text));
        return null;
      },
      async 'row/change'({ row, revision, op }) {
        await document.changeRow({ row, revision }, op, (now) => changeLabel(op, now + 1));
        return { revision: document.revision };
      },
      async 'row/setLine'({ row, revision, text, stroke }) {
        await document.setLine({ row, revision }, text, stroke, (now) => t('Edit JSON of row {0}', now + 1));
        return { revision: document.revision };
      },
      async 'row/fix'({ row, revision, edits }) {
        await document.fixLine({ row, revision }, edits, (now) => t('Fix row {0}', now + 1));
        return { revision: document.revision };
      },
      async 'row/tokens'({ row, revision }, signal) {
        const now = document.find({ row, revision });
        const [line] = now === undefined ? [] : await document.read(now, 1, MAX_ROW_BYTES);
        if (now === undefined || !line) return undefined;
        if (line.cut) throw new UserError(t('Row {0} is too long to be shown as tokens here.', now + 1), 'row-too-long');
        return open.tokens({ number: now + 1, text: withoutCr(line.text), format: document.format }, signal);
      },
      async 'tokens/count'({ texts }, signal) {
        const counts = await open.countTokens(texts, signal);
        return counts && { counts };
      },
      async 'tokens/choose'() {
        return { chosen: await open.chooseTokens() };
      },
      async 'row/command'({ command }) {
        const id: CommandId = `posttrain.dataset.${command}`;
        await vscode.commands.executeCommand(id, session);
        return null;
      },
      async 'rows/nextProblem'({ from, direction }, signal) {
        return { row: open.validating() ? await problems.next(from, direction, signal) : undefined };
      },
      async 'row/annotate'({ row, revision, said }) {
        const verdict = await annotations.say({ row, revision }, said, (now) => t('Choose the other answer of row {0}', now + 1));
        for (const place of ['labels', 'note'] as const) if (said[place] !== undefined && verdict !== 'nobody') await document.dropDraft({ row, revision }, place);
        return { verdict };
      },
      async 'rows/nextUnlabelled'({ from }, signal) {
        return { row: await annotations.nextUnlabelled(from, signal) };
      },
      async 'rows/find'({ near, text }, signal) {
        const slicer = createSlicer(6, signal);
        for (let start = Math.max(0, near - FIND_ROWS / 2), end = near + FIND_ROWS / 2; start < end; start += 100) {
          const lines = await document.read(start, 100, MAX_ROW_BYTES);
          const hit = lines.findIndex((line) => withoutCr(line.text) === text);
          if (hit !== -1) return { row: start + hit };
          await slicer.pause();
        }
        return { row: undefined };
      },
      async 'document/undo'() {
        // VS Code refuses an undo while one is under way
        undoing = undoing.catch(() => undefined).then(() => vscode.commands.executeCommand('undo'));
        await undoing;
        return null;
      },
      async 'notice/act'({ action }) {
        await act(action);
        return null;
      },
      async 'document/openText'({ row }) {
        await open.openText(row);
        return null;
      },
      async 'keys/change'() {
        await vscode.commands.executeCommand('workbench.action.openGlobalKeybindings', 'posttrain.dataset');
        return null;
      },
      'document/goToRow'() {
        goToRow(session);
        return null;
      },
    },
    {
      sealed: () => document.seal(),
      selected: (at) => {
        selected = at ?? undefined;
      },
    },
  );

  const stops = [
    document.rowsChanged.on(({ revision, rows, splices, stroke }) => {
      peer.emit('changed', { revision, rows, stroke, changes: splices.map(({ at, removed, inserted }) => ({ at, removed: removed.length, inserted: inserted.length })) });
    }),
    document.reloaded.on(() => peer.emit('reloaded', { state: state() })),
    document.stateChanged.on(() => peer.emit('state', state())),
    problems.changed.on(() => peer.emit('state', state())),
    problems.acrossChanged.on(() => peer.emit('annotated', null)),
    annotations.changed.on(() => {
      peer.emit('annotated', null);
      peer.emit('state', state());
    }),
    open.factsChanged.on(() => peer.emit('state', state())),
  ];
  const session: Session = {
    get selected() {
      return selected;
    },
    get selectedRow() {
      return selected && document.find(selected);
    },
    reveal: (row, { focus } = { focus: false }) => peer.emit('reveal', { row, focus }),
    announce: (text) => peer.emit('announce', { text }),
    command: (name) => peer.emit('command', { name }),
    async flush() {
      await Promise.race([peer.request('page/flush', null).catch(() => undefined), sleep(FLUSH_MS)]);
    },
    dispose() {
      for (const stop of stops) stop();
      findRows.dispose();
      peer.dispose();
    },
  };
  return session;
}
