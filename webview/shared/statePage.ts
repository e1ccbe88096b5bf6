/** The beginning of a page that shows one state: it asks for it, speaks the user's language, and says so where that fails. */

import { useTranslations } from './connect.ts';
import { h } from './dom.ts';

interface Opened<State> {
  state: State;
  translations: Parameters<typeof useTranslations>[0];
  locale: string;
}

export interface StatePage<State> {
  update(state: State): void;
}

/** Undefined where it could not be opened, which `root` says then. */
export async function openStatePage<State>(root: HTMLElement, ask: () => Promise<Opened<State>>, create: () => StatePage<State>): Promise<StatePage<State> | undefined> {
  try {
    const { state, translations, locale } = await ask();
    useTranslations(translations);
    document.documentElement.lang = locale;
    const page = create();
    page.update(state);
    return page;
  } catch (error) {
    root.replaceChildren(h('div', { class: 'bar-message is-error', role: 'alert' }, h('span', { class: 'grow' }, error instanceof Error ? error.message : String(error))));
    return undefined;
  }
}
