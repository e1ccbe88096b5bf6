/** What the bar above the rows says: what happened to the file or to unsaved edits, and what can be done about it. */

import { l10n } from 'vscode';
import type { Problem } from '../../core/problem.ts';
import type { Notice } from '../../protocol/datasetView.ts';
import type { DatasetDocument } from './document.ts';
import type { Pending } from './pendingEdits.ts';

export interface NoticeFacts {
  /** Edits of the last replay that found no place. */
  lost: number;
  /** Why VS Code's backup can't be read, and whether it is still there to look at. */
  backupLost: { reason: string; kept: boolean } | undefined;
}

/** The most urgent one. `ofFile`: what is wrong with the file as a whole. */
export function noticeOf(document: DatasetDocument, facts: NoticeFacts, ofFile: readonly Problem[]): Notice | undefined {
  const { name } = document.file;
  if (document.failure !== undefined) {
    const reason = document.failure instanceof Error ? document.failure.message : String(document.failure);
    return { severity: 'error', text: l10n.t('{0} could not be read to its end. {1}', name, reason), actions: [{ id: 'reload', label: l10n.t('Try Again'), primary: true }] };
  }
  if (document.pending) return pendingNotice(name, document.pending);
  if (facts.backupLost) {
    const { reason, kept } = facts.backupLost;
    const dismiss = { id: 'dismiss', label: l10n.t('Dismiss') } as const;
    return kept
      ? { severity: 'error', text: l10n.t('{0} The backup was kept.', reason), actions: [{ id: 'showBackup', label: l10n.t('Show Backup') }, dismiss] }
      : { severity: 'error', text: l10n.t('{0} The rows below are those of the file.', reason), actions: [dismiss] };
  }
  const lost = facts.lost + document.drafts.lost;
  if (lost > 0) {
    return {
      severity: 'warning',
      text: lost === 1 ? l10n.t('One edit found no place, because its row is not in the file any more. It was kept.') : l10n.t('{0} edits found no place, because their rows are not in the file any more. They were kept.', lost),
      actions: [{ id: 'showLost', label: l10n.t('Show Them'), primary: true }, { id: 'dismiss', label: l10n.t('Dismiss') }],
    };
  }
  const [draft] = document.drafts.all;
  if (draft && document.drafts.back) {
    return {
      severity: 'info',
      text: l10n.t('An earlier session left something half-typed in row {0}. It is shown there as it was.', draft.row + 1),
      actions: [{ id: 'showDraft', label: l10n.t('Show It'), primary: true }, { id: 'dismiss', label: l10n.t('Dismiss') }],
    };
  }
  if (document.missing) {
    return { severity: 'warning', text: l10n.t('{0} was deleted or moved. Saving writes it again.', name), actions: [] };
  }
  // where there are no rows, the page says that in their place
  const problem = document.rows > 0 ? ofFile[0] : undefined;
  return problem && { severity: problem.severity === 'hint' ? 'info' : problem.severity, text: problem.message, actions: [{ id: 'openText', label: l10n.t('Open as Text') }] };
}

function pendingNotice(name: string, { why, splices, matched, when }: Pending): Notice {
  const edits = splices.length === 1 ? l10n.t('one unsaved edit') : l10n.t('{0} unsaved edits', splices.length);
  const time = new Date(when).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  const what = why === 'changed' ? l10n.t('{0} changed on disk while you had {1}.', name, edits) : l10n.t('An earlier session left {0} of {1} ({2}).', edits, name, time);
  const fit =
    matched.lost.length === 0
      ? l10n.t('The rows concerned are as they were.')
      : matched.matching.length === 0
        ? l10n.t('The rows concerned are not in the file any more.')
        : l10n.t('For {0} of them the row is not in the file any more.', matched.lost.length);
  return {
    severity: 'warning',
    text: `${what} ${fit}`,
    actions: [
      { id: 'replay', label: why === 'changed' ? l10n.t('Reapply Edits') : l10n.t('Restore Edits'), primary: true },
      { id: 'compare', label: l10n.t('Compare') },
      { id: 'discard', label: l10n.t('Discard Edits') },
    ],
  };
}

/** Why nothing can be edited, in words. */
export function readOnlyReason(document: DatasetDocument): string | undefined {
  if (document.readOnly) return l10n.t('Read-only: you have no permission to write to {0}.', document.file.name);
  if (document.pending) return l10n.t('Decide first about the unsaved edits above.');
  if (document.restoring) return l10n.t('Unsaved edits are being restored.');
  return undefined;
}
