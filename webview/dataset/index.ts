/** The dataset editor's page: a list of rows and the selected row as a card. The extension holds the document; this shows it and asks. */

import type { Peer } from '../../src/protocol/rpc.ts';
import type { DatasetHost, DatasetPage } from '../../src/protocol/datasetView.ts';
import { announce } from '../shared/announce.ts';
import { connectHost, useTranslations } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import '../shared/theme.css';
import { createPage, type Page } from './page.ts';
import './dataset.css';

let page: Page | undefined;

const host: Peer<DatasetPage, DatasetHost> = connectHost<DatasetPage, DatasetHost>(
  {
    async 'page/flush'() {
      await page?.flush();
      return null;
    },
  },
  {
    annotated: () => page?.annotated(),
    state: (state) => page?.setState(state),
    changed: (change) => page?.rowsChanged(change),
    found: (found) => page?.found(found),
    reloaded: ({ state }) => void page?.reloaded(state),
    reveal: ({ row, focus }) => page?.reveal(row, focus),
    announce: ({ text }) => announce(text),
    command: ({ name }) => page?.command(name),
  },
);

async function open(): Promise<void> {
  try {
    await host.ready;
    const { state, strings, layout } = await host.request('document/open', null);
    useTranslations(strings);
    page = createPage(host, state, layout);
    document.body.append(page.element);
    page.start();
  } catch (error) {
    document.body.append(h('p', { class: 'failed', role: 'alert' }, error instanceof Error ? error.message : String(error)));
  }
}
void open();
