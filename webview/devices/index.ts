/** The devices page: a row for each backend, filled in as it is looked at. */

import { automatic, type DevicesState, type DevicesViewHost, type DevicesViewPage } from '../../src/protocol/devicesView.ts';
import type { Peer } from '../../src/protocol/rpc.ts';
import { connectHost, t } from '../shared/connect.ts';
import { button, progressRing } from '../shared/controls.ts';
import { h, setText } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { openStatePage, type StatePage } from '../shared/statePage.ts';
import '../shared/theme.css';
import './devices.css';
import { backendText, codeParts, deviceFacts, speedShare, speedText, summaryText } from './texts.ts';

const root = h('main', { class: 'devices' });
document.body.append(root);

let page: StatePage<DevicesState> | undefined;
const host: Peer<DevicesViewPage, DevicesViewHost> = connectHost<DevicesViewPage, DevicesViewHost>({}, { 'devices/changed': (state) => page?.update(state) });

async function ask() {
  await host.ready;
  return host.request('devices/open', null);
}
void openStatePage(root, ask, createPage).then((opened) => (page = opened));

function createPage(): StatePage<DevicesState> {
  const send = (request: Promise<null>) => void request.catch(() => undefined);
  const again = button({ label: t('Look Again'), icon: 'reset', onClick: () => send(host.request('devices/lookAgain', null)) });
  const copy = button({ label: t('Copy'), icon: 'copy', title: t('Copy what was found, for a bug report'), onClick: () => send(host.request('devices/copy', null)) });
  const summary = h('p', { class: 'summary', role: 'status' });
  const node = h('span');
  const list = h('ul', { class: 'list', 'aria-label': t('Backends') });
  root.replaceChildren(
    h('header', {}, h('div', { class: 'grow' }, h('h1', {}, t('Devices')), summary), h('div', { class: 'buttons' }, again.element, copy.element)),
    list,
    h('footer', {}, h('p', {}, t('The speed is that of a matrix product, in billions of operations a second. Each backend is looked at in a process of its own.')), h('p', {}, node)),
  );
  const rows = new Map<string, { key: string; element: HTMLElement }>();

  return {
    update(state: DevicesState) {
      const words = summaryText(state, t);
      setText(summary, words);
      summary.className = `summary${state.error ? ' err' : ''}`;
      again.setDisabled(state.looking ? t('The look is under way.') : undefined);
      setText(node, state.node && t('Training runs on {0}.', state.node));
      // A row that stays as it is keeps its element, and with it the focus.
      state.backends.forEach((id, i) => {
        const device = state.devices.find(({ backend }) => backend === id);
        const key = JSON.stringify([device, device && speedShare(device, state.devices), state.looking, !device && state.devices.length === i]);
        const before = rows.get(id);
        if (before?.key === key) return;
        const element = rowOf(state, id, i);
        if (before) before.element.replaceWith(element);
        else list.append(element);
        rows.set(id, { key, element });
      });
    },
  };

  function rowOf(state: DevicesState, id: string, i: number): HTMLElement {
    const { name, about } = backendText(id, t);
    const device = state.devices.find(({ backend }) => backend === id);
    const isTaken = !state.looking && automatic(state.devices)?.backend === id;
    const current = state.looking && state.devices.length === i;
    const sign = !device ? (current ? progressRing() : icon('clock', 'mut')) : device.usable ? icon('check', 'ok') : icon('error', 'mut');
    const word = !device ? (current ? t('Looking…') : state.looking ? t('Waiting') : t('Not looked at')) : device.usable ? t('Works') : t('Cannot be used');
    const head = h('div', { class: 'head' }, h('h2', {}, name), h('code', {}, id), h('span', { class: `state${device?.usable ? '' : ' mut'}` }, word), isTaken && h('span', { class: 'chip' }, t('taken by auto')));
    const body = h('div', { class: 'grow' }, head, h('p', { class: 'mut' }, about));
    if (device?.usable) body.append(h('p', {}, deviceFacts(device, t)));
    if (device && !device.usable) body.append(h('p', { class: 'reason' }, ...codeParts(device.reason).map((part) => (part.code ? h('code', {}, part.text) : part.text))));
    const row = h('li', { class: isTaken ? 'taken' : '', 'data-backend': id }, h('span', { class: 'sign' }, sign), body);
    if (device?.probe) {
      const fill = h('i');
      fill.style.width = `${speedShare(device, state.devices)}%`;
      row.append(h('div', { class: 'speed' }, h('b', {}, speedText(device, t)), h('div', { class: 'bar', 'aria-hidden': 'true' }, fill)));
    }
    if (device?.setUp) row.append(button({ label: t('Set Up…'), look: 'primary', onClick: () => send(host.request('devices/setUp', { backend: id })) }).element);
    return row;
  }
}
