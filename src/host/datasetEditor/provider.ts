/** VS Code's side of the dataset editor: opens, saves, backs up and restores documents, and gives every editor its page. */

import { basename } from 'node:path';
import * as vscode from 'vscode';
import { isCancelled } from '../../core/abort.ts';
import { createEmitter, type Emitter } from '../../core/emitter.ts';
import { UserError } from '../../core/problem.ts';
import { sidecarOf } from '../../dataset/annotations/annotation.ts';
import type { Edit } from '../../dataset/editLog.ts';
import { formats } from '../../dataset/formats/index.ts';
import { levelsOf } from '../../language/checkRules.ts';
import { checksFileOf, readRules } from '../../language/checksFile.ts';
import { annotationFile } from '../../node/annotationFile.ts';
import { readTextIfThere, writeFileWhole } from '../../node/files.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from '../../node/processIdentity.ts';
import type { NoticeAction, RowTokens } from '../../protocol/datasetView.ts';
import type { HostContext } from '../context.ts';
import { DATASET_EDITOR } from '../manifest/editors.ts';
import { toSignal } from '../toSignal.ts';
import { webviewHtml, webviewOptions, webviewPort } from '../webviewPage.ts';
import { followAcrossRows } from './acrossRows.ts';
import { DocumentAnnotations } from './annotations.ts';
import { annotatorName, askAnnotatorName } from './annotatorName.ts';
import { adviseOnAutoSave } from './autoSave.ts';
import { createCompareView } from './compare.ts';
import { datasetFile } from './datasetFile.ts';
import { createEditorDiagnostics } from './diagnostics.ts';
import { DatasetDocument } from './document.ts';
import { ChangedOnDisk } from './documentBase.ts';
import { createDocumentJournal, type LeftBehind } from './documentJournal.ts';
import { gridLayoutMemory, type GridLayoutMemory } from './gridLayout.ts';
import type { NoticeFacts } from './notices.ts';
import { RowProblems } from './rowProblems.ts';
import type { RowText } from './rowTokens.ts';
import { openSession, type Session } from './session.ts';
import { createTokenView } from './tokenSource.ts';

/** An open dataset as VS Code knows it. */
export interface OpenDataset extends vscode.CustomDocument {
  readonly document: DatasetDocument;
  readonly problems: RowProblems;
  readonly annotations: DocumentAnnotations;
  readonly facts: NoticeFacts;
  readonly factsChanged: Emitter<void>;
  /** How wide list and columns are, in this workspace. */
  readonly layout: GridLayoutMemory;
  /** Whether rows are to be checked at all. */
  validating(): boolean;
  openText(row: number | undefined): Promise<void>;
  /** A row as a model gets it; undefined while nobody said which model. */
  tokens(row: RowText, signal: AbortSignal): Promise<RowTokens | undefined>;
  /** How many tokens texts have by themselves; undefined while nobody said which model. */
  countTokens(texts: readonly string[], signal: AbortSignal): Promise<number[] | undefined>;
  /** True when another model was chosen. */
  chooseTokens(): Promise<boolean>;
}

interface Opened extends OpenDataset {
  readonly sessions: Set<{ panel: vscode.WebviewPanel; session: Session }>;
  /** What is brought back once there is a page to ask on. */
  restore(): void;
  setFacts(facts: Partial<NoticeFacts>): void;
  readonly backupPath: string | undefined;
}

/** A page with its dataset. */
export interface ActivePage {
  open: OpenDataset;
  session: Session;
}

export interface DatasetEditors {
  /** The page in front. */
  active(): ActivePage | undefined;
  /** The open dataset of a file. */
  find(uri: vscode.Uri): OpenDataset | undefined;
  /** Whether the file on disk holds everything, after asking to save what is unsaved in any editor of it. */
  saved(uri: vscode.Uri): Promise<boolean>;
  /** The page of a session, else the one in front. */
  pageOf(session: unknown): ActivePage | undefined;
  dispose(): void;
}

export function registerDatasetEditors(context: HostContext, goToRow: (page: ActivePage) => void): DatasetEditors {
  const changes = new vscode.EventEmitter<vscode.CustomDocumentEditEvent<Opened>>();
  const compare = createCompareView();
  const diagnostics = createEditorDiagnostics();
  const tokens = createTokenView(context);
  const opened = new Set<Opened>();
  const storage = context.extension.globalStorageUri.fsPath;

  const provider: vscode.CustomEditorProvider<Opened> = {
    onDidChangeCustomDocument: changes.event,

    async openCustomDocument(uri, { backupId }) {
      try {
        return await openDataset(uri, backupId);
      } catch (error) {
        context.log.warn(`${uri.toString()}: ${String(error)}`);
        throw error;
      }
    },

    resolveCustomEditor(open, panel) {
      panel.webview.options = webviewOptions(context);
      // listen before the page exists, so that its first message is heard
      const session = openSession(open, webviewPort(panel.webview), (action) => act(open, action), (page) => goToRow({ open, session: page }));
      const entry = { panel, session };
      open.sessions.add(entry);
      panel.onDidDispose(() => {
        open.sessions.delete(entry);
        session.dispose();
      });
      panel.onDidChangeViewState(() => {
        if (panel.visible) void open.document.checkDisk().catch(context.report);
      });
      panel.webview.html = webviewHtml(context, panel.webview, 'dataset', open.document.file.name);
      open.restore();
    },

    async saveCustomDocument(open, token) {
      await asVSCode(() => save(open, toSignal(token)));
    },
    async saveCustomDocumentAs(open, destination, token) {
      if (destination.toString() === open.uri.toString()) return asVSCode(() => save(open, toSignal(token)));
      await takeTyped(open);
      await asVSCode(() => open.document.saveCopy(datasetFile(destination, storage), toSignal(token)));
    },
    async revertCustomDocument(open) {
      await takeTyped(open);
      await open.document.revert();
    },
    async backupCustomDocument(open, { destination }, token) {
      const { journal } = open.document;
      await takeTyped(open);
      await journal.flush().catch(() => undefined); // its error was reported; the backup may still work
      await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(destination, '..'));
      if (token.isCancellationRequested) throw new vscode.CancellationError();
      await writeFileWhole(destination.fsPath, journal.backupText(open.document.unsaved()));
      return { id: destination.toString(), delete: () => void vscode.workspace.fs.delete(destination).then(undefined, () => undefined) };
    },
  };

  async function openDataset(uri: vscode.Uri, backupId: string | undefined): Promise<Opened> {
    if (uri.scheme === 'untitled') throw new UserError(vscode.l10n.t('Save the file first: the dataset editor works on files.'), 'untitled');
    const journal = createDocumentJournal({
      uri: uri.toString(),
      folder: vscode.Uri.joinPath(context.extension.globalStorageUri, 'journals').fsPath,
      owner: await ownIdentity(),
      isAlive: async (owner) => isProcessIdentity(owner) && (await isAlive(owner)),
      onError: context.report,
    });
    const document = await DatasetDocument.open(datasetFile(uri, storage), journal, () => {
      const id = context.settings.get('posttrain.dataset.format', uri);
      return formats.has(id) ? formats.get(id) : undefined;
    });
    // asked once and at changes: VS Code's settings are slow to read
    const maxListed = () => (context.settings.get('posttrain.validation.enabled', uri) ? context.settings.get('posttrain.validation.maxProblems', uri) : undefined);
    const problems = new RowProblems(document, maxListed());
    const checksFile = uri.scheme === 'file' ? vscode.Uri.file(checksFileOf(uri.fsPath)) : undefined;
    const readRulesAgain = async () => {
      let text: string | undefined;
      if (checksFile) text = await readTextIfThere(checksFile.fsPath);
      problems.rules = readRules(levelsOf(context.settings.get('posttrain.checks', uri)), text, basename(checksFileOf(uri.path)));
    };
    await readRulesAgain().catch(context.report);
    const sidecar = uri.scheme === 'file' ? vscode.Uri.file(sidecarOf(uri.fsPath)) : undefined;
    const annotations = new DocumentAnnotations(document, {
      file: sidecar && annotationFile(sidecar.fsPath),
      noFile: vscode.l10n.t('Annotations are kept in a file beside the dataset, and there is none in a virtual workspace. Open the folder on a disk, or over SSH.'),
      annotator: () => annotatorName(context.settings),
      askAnnotator: () => askAnnotatorName(context.settings, uri),
      seed: () => context.settings.get('posttrain.annotations.seed', uri),
      report: context.report,
    });
    const factsChanged = createEmitter<void>();
    let facts: NoticeFacts = { lost: 0, backupLost: undefined };
    let restored = false;
    const open: Opened = {
      uri,
      document,
      problems,
      annotations,
      sessions: new Set(),
      factsChanged,
      backupPath: backupId === undefined ? undefined : vscode.Uri.parse(backupId).fsPath,
      get facts() {
        return facts;
      },
      setFacts(change) {
        facts = { ...facts, ...change };
        factsChanged.emit();
      },
      layout: gridLayoutMemory(context.extension.workspaceState),
      validating: () => problems.maxListed !== undefined,
      openText: (row) => openAsText(uri, row),
      tokens: (row, signal) => tokens.read(uri, row, signal),
      countTokens: (texts, signal) => tokens.count(uri, texts, signal),
      chooseTokens: () => tokens.choose(uri),
      restore() {
        if (restored) return;
        restored = true;
        void restore(open).catch(context.report);
      },
      dispose() {
        opened.delete(open);
        for (const thing of things) thing.dispose();
        problems.dispose();
        void annotations.dispose().catch(context.report).then(() => document.dispose()).catch(context.report);
      },
    };
    // VS Code takes everything that was edited until a save ended for saved: what was edited during the save is told after it
    let held: Edit[] = [];
    const tell = (edit: Edit) => changes.fire({ document: open, label: edit.label, undo: () => step(open, 'undo', edit), redo: () => step(open, 'redo', edit) });
    document.edited.on((edit) => (document.saving ? held.push(edit) : tell(edit)));
    document.stateChanged.on(() => {
      if (document.saving || held.length === 0) return;
      const edits = held;
      held = [];
      setTimeout(() => edits.forEach(tell), 0);
    });
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), '*'));
    const check = (changed: vscode.Uri) => {
      if (changed.toString() === uri.toString()) void document.checkDisk().catch(context.report);
      if (changed.toString() === checksFile?.toString()) void readRulesAgain().catch(context.report);
      if (changed.toString() === sidecar?.toString()) void annotations.refresh().catch(context.report);
    };
    const things: vscode.Disposable[] = [
      watcher,
      watcher.onDidChange(check),
      watcher.onDidCreate(check),
      watcher.onDidDelete(check),
      diagnostics.follow(uri, problems, document.bomBytes),
      followAcrossRows(problems, (error) => context.log.warn(`${uri.toString()}: ${String(error)}`)),
      context.settings.onDidChange('posttrain.dataset.format', () => void document.head.look().catch(context.report)),
      context.settings.onDidChange('posttrain.checks', () => void readRulesAgain().catch(context.report)),
      context.settings.onDidChange('posttrain.annotations.name', () => annotations.retell()),
      context.settings.onDidChange('posttrain.annotations.seed', () => annotations.retell()),
      context.settings.onDidChange('posttrain.validation.enabled', () => (problems.maxListed = maxListed())),
      context.settings.onDidChange('posttrain.validation.maxProblems', () => (problems.maxListed = maxListed())),
    ];
    opened.add(open);
    return open;
  }

  async function restore(open: Opened): Promise<void> {
    const label = vscode.l10n.t('Restore unsaved edits');
    const { document, backupPath } = open;
    if (backupPath === undefined) return document.restore(undefined, label);
    const text = await readTextIfThere(backupPath).catch(() => undefined);
    let reason = vscode.l10n.t('The backup of unsaved edits of {0} is gone.', document.file.name);
    let backup: LeftBehind | undefined;
    try {
      if (text !== undefined) backup = await document.journal.readBackup(text, Date.now());
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    if (backup) return document.restore(backup, label);
    await document.restore('backup-lost', label);
    if (text !== undefined || !document.pending) open.setFacts({ backupLost: { reason, kept: text !== undefined } });
  }

  async function step(open: Opened, direction: 'undo' | 'redo', edit: Edit): Promise<void> {
    const done = await open.document[direction](edit.id);
    await open.annotations.stepped(edit.id, direction);
    if (!done && !open.document.knows(edit.id)) {
      void vscode.window.showInformationMessage(vscode.l10n.t('"{0}" can no longer be undone: {1} was read anew since.', edit.label, open.document.file.name));
    }
  }

  /** The last letters are on their way for a moment after they were typed. */
  async function takeTyped(open: Opened): Promise<void> {
    await Promise.all([...open.sessions].filter(({ panel }) => panel.visible).map(({ session }) => session.flush()));
  }

  async function save(open: Opened, signal: AbortSignal): Promise<void> {
    await takeTyped(open);
    void adviseOnAutoSave(context, open.uri, open.document.sizeBytes).catch(context.report);
    try {
      await open.document.save(signal);
    } catch (error) {
      if (!(error instanceof ChangedOnDisk)) throw error;
      const { name } = open.document.file;
      const overwrite = vscode.l10n.t('Overwrite');
      const reload = vscode.l10n.t('Look at the Changes First');
      const answer = await vscode.window.showWarningMessage(
        vscode.l10n.t('{0} changed on disk since you opened it.', name),
        { modal: true, detail: vscode.l10n.t('Overwriting loses what was written by the other side. Looking first reads the file and keeps your edits waiting.') },
        reload,
        overwrite,
      );
      if (answer === overwrite) return open.document.save(signal, true);
      if (answer === reload) await open.document.reload();
      throw new vscode.CancellationError();
    }
  }

  async function act(open: Opened, action: NoticeAction): Promise<void> {
    const { document } = open;
    switch (action) {
      case 'replay': {
        const lost = await document.replayPending(vscode.l10n.t('Restore unsaved edits'));
        open.setFacts({ lost: lost.length });
        return;
      }
      case 'discard': {
        if (document.pending?.why === 'session') return document.discardPending();
        await document.revert();
        await vscode.commands.executeCommand('workbench.action.files.revert'); // so that VS Code knows it is clean
        return;
      }
      case 'compare':
        return compare.show(open.uri, document);
      case 'reload':
        return document.reload();
      case 'showLost':
        if (document.journal.lostPath !== undefined) await vscode.window.showTextDocument(vscode.Uri.file(document.journal.lostPath));
        return;
      case 'showBackup':
        if (open.backupPath !== undefined) await vscode.window.showTextDocument(vscode.Uri.file(open.backupPath));
        return;
      case 'openText':
        return open.openText(undefined);
      case 'showDraft': {
        const [draft] = document.drafts.all;
        if (draft) for (const { panel, session } of open.sessions) if (panel.active) session.reveal(draft.row, { focus: true });
        document.drafts.back = false;
        open.setFacts({});
        return;
      }
      case 'dismiss':
        document.drafts.back = false;
        document.drafts.lost = 0;
        open.setFacts({ lost: 0, backupLost: undefined });
        return;
    }
  }

  const registration = vscode.window.registerCustomEditorProvider(DATASET_EDITOR, provider, { supportsMultipleEditorsPerDocument: true, webviewOptions: { retainContextWhenHidden: false } });
  const focus = vscode.window.onDidChangeWindowState(({ focused }) => {
    if (focused) for (const open of opened) void open.document.checkDisk().catch(context.report);
  });
  const find = (is: (entry: { panel: vscode.WebviewPanel; session: Session }) => boolean): ActivePage | undefined => {
    for (const open of opened) for (const entry of open.sessions) if (is(entry)) return { open, session: entry.session };
    return undefined;
  };
  const openOf = (uri: vscode.Uri) => [...opened].find((open) => open.uri.toString() === uri.toString());
  async function saved(uri: vscode.Uri): Promise<boolean> {
    const text = vscode.workspace.textDocuments.find((document) => document.isDirty && document.uri.toString() === uri.toString());
    const open = openOf(uri);
    if (!text && !open?.document.dirty) return true;
    const yes = vscode.l10n.t('Save and Go On');
    const answer = await vscode.window.showWarningMessage(vscode.l10n.t('{0} has unsaved edits.', uri.path.split('/').at(-1) ?? ''), { modal: true, detail: vscode.l10n.t('The new file is made of what is saved.') }, yes);
    if (answer !== yes) return false;
    if (open) await takeTyped(open);
    return (await vscode.workspace.save(uri)) !== undefined;
  }
  const active = () => find(({ panel }) => panel.active);
  return {
    active,
    find: openOf,
    saved,
    pageOf: (target) => find(({ session }) => session === target) ?? active(),
    dispose() {
      for (const thing of [tokens, registration, focus, compare, diagnostics, changes]) thing.dispose();
    },
  };
}

/** Opens the text editor in the place of the dataset editor; both stay where edits are unsaved. */
export async function openAsText(uri: vscode.Uri, row: number | undefined): Promise<void> {
  const selection = row === undefined ? {} : { selection: new vscode.Range(row, 0, row, 0) };
  await inPlaceOf(uri, (input) => input instanceof vscode.TabInputCustom && input.viewType === DATASET_EDITOR, () => vscode.commands.executeCommand('vscode.openWith', uri, 'default', selection));
}

/** Opens the dataset editor in the place of the text editor. Unsaved text is saved first, if the person agrees: the editor reads the file. */
export async function openAsDataset(uri: vscode.Uri): Promise<void> {
  const text = vscode.workspace.textDocuments.find((document) => document.isDirty && document.uri.toString() === uri.toString());
  if (text) {
    const save = vscode.l10n.t('Save and Open');
    const answer = await vscode.window.showWarningMessage(vscode.l10n.t('{0} has unsaved changes in the text editor. The dataset editor shows what is saved.', uri.path.split('/').at(-1) ?? ''), { modal: true }, save);
    if (answer !== save || !(await text.save())) return;
  }
  await inPlaceOf(uri, (input) => input instanceof vscode.TabInputText, () => vscode.commands.executeCommand('vscode.openWith', uri, DATASET_EDITOR));
}

/** VS Code opens another editor of a file as a second tab; switching means that the first one goes. */
async function inPlaceOf(uri: vscode.Uri, isOther: (input: unknown) => boolean, open: () => Thenable<unknown>): Promise<void> {
  const before = vscode.window.tabGroups.activeTabGroup.tabs.find(({ input, isDirty }) => isOther(input) && !isDirty && (input as { uri: vscode.Uri }).uri.toString() === uri.toString());
  await open();
  if (before) await vscode.window.tabGroups.close(before, true).then(undefined, () => undefined);
}

/** VS Code takes its own error for cancelled and keeps quiet. */
async function asVSCode(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    throw isCancelled(error) ? new vscode.CancellationError() : error;
  }
}

function isProcessIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { host, pid, space, processStart } = value as Record<string, unknown>;
  return typeof host === 'string' && typeof pid === 'number' && typeof space === 'string' && (processStart === null || typeof processStart === 'string');
}
