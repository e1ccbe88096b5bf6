/** The commands that add and remove rows, at the row that a page has selected. The page's own keys and buttons run them too. */

import { l10n } from 'vscode';
import type { Feature } from '../context.ts';
import type { ActivePage } from './provider.ts';

type RowCommandId = 'posttrain.dataset.insertRow' | 'posttrain.dataset.duplicateRow' | 'posttrain.dataset.deleteRow';

/** `pageOf`: the page that ran the command, else the one in front. */
export function rowCommands(pageOf: (target: unknown) => ActivePage | undefined): Feature<RowCommandId>['commands'] {
  const add = async (page: ActivePage | undefined, what: 'empty' | 'copy') => {
    if (!page) return;
    const { open: { document }, session } = page;
    const at = session.selected ?? { row: -1, revision: document.revision };
    await session.flush(); // by its end another row may be selected
    if (what === 'copy' && at.row < 0) return;
    const added = await document.addRow(at, what, (now) => (what === 'copy' ? l10n.t('Duplicate row {0}', now) : l10n.t('Add row {0}', now + 1)));
    session.reveal(added, { focus: what === 'empty' });
  };
  return {
    'posttrain.dataset.insertRow': (target) => add(pageOf(target), 'empty'),
    'posttrain.dataset.duplicateRow': (target) => add(pageOf(target), 'copy'),
    async 'posttrain.dataset.deleteRow'(target) {
      const page = pageOf(target);
      const at = page?.session.selected;
      if (!page || !at) return;
      const number = page.session.selectedRow;
      await page.session.flush();
      await page.open.document.deleteRow(at, (now) => l10n.t('Delete row {0}', now + 1));
      if (number !== undefined) page.session.announce(l10n.t('Row {0} deleted. Press U to undo.', number + 1));
    },
  };
}
