/** The row as a model gets it: its tokens in their order, those that count in the loss marked, and whose tokenizer and method that is. */

import { visibleText } from '../../src/dataset/badText.ts';
import type { RowTokens, TokenSide } from '../../src/protocol/datasetView.ts';
import { t } from '../shared/connect.ts';
import { h } from '../shared/dom.ts';
import type { TokenCounts } from './card.ts';
import { formatCount } from './numbers.ts';
import { severityIcon } from './problemList.ts';
import type { ShownRow } from './shownRow.ts';

export interface TokensView {
  readonly element: HTMLElement;
  readonly shown: boolean;
  toggle(): void;
  /** This row's text is on the card now, whether it was before or not. `counts`: its answers are to be counted even while tokens are hidden. */
  show(row: ShownRow | undefined, counts: boolean): void;
}

export interface TokensHandlers {
  read(at: { row: number; revision: number }, signal: AbortSignal): Promise<RowTokens | undefined>;
  /** Asks whose tokens; true when something was chosen. */
  choose(): Promise<boolean>;
  /** How many tokens the answers of a pair have; undefined: not known. */
  counted(counts: TokenCounts | undefined): void;
}

/** While someone types, tokens follow in pauses. */
const READ_AFTER_MS = 150;

export function createTokensView(handlers: TokensHandlers, shown: boolean): TokensView {
  let row: ShownRow | undefined;
  let counts = false;
  /** Nobody said whose tokens: counting need not ask again and again. */
  let unknown = false;
  let reading: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const source = h('span', { class: 'mut ell' });
  const body = h('div', { class: 'tokens-body' });
  const choose = h('button', { class: 'btn ghost', onclick: () => void handlers.choose().then((chosen) => (chosen ? ((unknown = false), read()) : undefined)).catch(fail) }, t('Choose Tokenizer…'));
  const element = h('section', { class: 'sect tokens', 'aria-label': t('Tokens') }, h('div', { class: 'sect-h' }, h('h2', {}, t('Tokens')), source, h('span', { class: 'grow' }), choose), body);

  const say = (text: string, severity?: 'error') => body.replaceChildren(h('p', { class: 'mut tokens-say', role: severity === 'error' ? 'alert' : 'status' }, severity && severityIcon(severity), text));
  const fail = (error: unknown) => {
    source.textContent = '';
    say(error instanceof Error ? error.message : String(error), 'error');
  };
  const read = async () => {
    clearTimeout(timer);
    reading?.abort();
    if (!row || !(shown || (counts && !unknown))) return;
    const own = (reading = new AbortController());
    try {
      const tokens = await handlers.read({ row: row.row, revision: row.revision }, own.signal);
      if (own.signal.aborted) return;
      unknown = tokens === undefined;
      const length = (wanted: TokenSide['side']) => {
        const side = tokens?.sides.find((one) => one.side === wanted);
        return side && side.total - side.promptLength;
      };
      handlers.counted(tokens && { chosen: length('chosen'), rejected: length('rejected') });
      if (!shown) return;
      source.textContent = tokens ? [tokens.method, tokens.model, ...(tokens.spec === undefined ? [] : [tokens.spec])].join(' · ') : '';
      source.title = source.textContent;
      if (tokens) body.replaceChildren(...tokens.problems.map(problem), ...tokens.sides.map((side) => sideView(side)));
      else say(t('No run spec of this workspace trains on this file, so nothing says which model it is for.'));
    } catch (error) {
      if (own.signal.aborted) return;
      handlers.counted(undefined);
      if (shown) fail(error);
      else unknown = true; // who wants to know why looks at the tokens
    }
  };
  const hide = () => (element.hidden = !shown || !row);
  hide();

  return {
    element,
    get shown() {
      return shown;
    },
    toggle() {
      shown = !shown;
      hide();
      if (!shown) reading?.abort();
      else element.scrollIntoView({ block: 'nearest' });
      void read();
    },
    show(next, counting) {
      if (next !== row) body.replaceChildren(); // another row's tokens would be taken for its own
      row = next;
      counts = counting;
      hide();
      clearTimeout(timer);
      timer = setTimeout(() => void read(), READ_AFTER_MS);
    },
  };
}

function problem({ severity, message }: RowTokens['problems'][number]): HTMLElement {
  return h('p', { class: 'tokens-say' }, severityIcon(severity), message);
}

function sideView({ side, ids, texts, trained, total, trainedTotal, promptLength, truncatedFrom }: TokenSide): HTMLElement {
  const facts = [
    total === 1 ? t('1 token') : t('{0} tokens', formatCount(total)),
    t('{0} trained', formatCount(trainedTotal)),
    ...(promptLength > 0 ? [t('{0} of the prompt', formatCount(promptLength))] : []),
    ...(truncatedFrom === null ? [] : [t('cut from {0}', formatCount(truncatedFrom))]),
  ];
  const name = side === 'chosen' ? t('Chosen') : side === 'rejected' ? t('Rejected') : undefined;
  // runs of one kind: their edges are heard, not only seen
  const runs: HTMLElement[] = [];
  for (let from = 0; from < ids.length; ) {
    let to = from;
    while (to < ids.length && trained[to] === trained[from]) to++;
    const isTrained = trained[from] === 1;
    const run = h('span', { class: isTrained ? 'run trained' : 'run' }, h('span', { class: 'sr' }, isTrained ? t('Trained:') : t('Not trained:')));
    for (let i = from; i < to; i++) run.append(token(texts[i]!, ids[i]!));
    runs.push(run);
    from = to;
  }
  return h(
    'div',
    { class: 'tokens-side' },
    h('p', { class: 'tokens-facts' }, name && h('b', {}, name), h('span', { class: 'mut' }, facts.join(' · '))),
    h('div', { class: 'token-flow mono' }, ...runs, total > ids.length && h('span', { class: 'mut' }, t('… {0} more', formatCount(total - ids.length)))),
  );
}

function token(text: string, id: number): HTMLElement {
  return h('span', { class: 'tok', title: t('{0}, id {1}', JSON.stringify(text), id) }, readable(text));
}

/** Space and line break as vocabularies write them (byte level, SentencePiece); the rest stands as it is. */
function readable(text: string): string {
  return visibleText(text.replace(/[Ġ▁]/g, ' ').replace(/Ċ|\n/g, '↵')) || '∅';
}
