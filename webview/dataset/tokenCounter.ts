/** How many tokens the texts on the card have, each by itself: asked for in pauses, and remembered while they are there. No DOM. */

import type { RowLayout } from './rowLayout.ts';

export interface TokenCounter {
  /** These texts are on the card now. */
  want(texts: readonly string[]): void;
  /** Undefined while it is not known. */
  of(text: string): number | undefined;
  /** They are another tokenizer's from now on. */
  forget(): void;
}

/** While someone types, counts follow in pauses. */
const ASK_AFTER_MS = 200;

/** `ask` answers undefined while nobody said whose tokens: then it is not asked again. */
export function createTokenCounter(ask: (texts: string[], signal: AbortSignal) => Promise<readonly number[] | undefined>, counted: () => void): TokenCounter {
  let known = new Map<string, number>();
  let wanted: readonly string[] = [];
  let nobodys = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;

  const look = async () => {
    asking?.abort();
    asking = undefined;
    const texts = [...new Set(wanted)];
    known = new Map(texts.flatMap((text) => (known.has(text) ? [[text, known.get(text)!]] : [])));
    const missing = texts.filter((text) => !known.has(text));
    if (missing.length === 0 || nobodys) return;
    const own = (asking = new AbortController());
    const counts = await ask(missing, own.signal).catch(() => []); // who wants to know why looks at the tokens
    if (own.signal.aborted) return;
    nobodys = counts === undefined;
    for (const [i, count] of (counts ?? []).entries()) known.set(missing[i]!, count);
    counted();
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), ASK_AFTER_MS);
  };
  return {
    want(texts) {
      wanted = texts;
      later();
    },
    of: (text) => (text === '' ? 0 : known.get(text)),
    forget() {
      known.clear();
      nobodys = false;
      later();
    },
  };
}

/** The texts whose length in tokens the card shows: turns, and sections of one text. Sides of a pair are counted as the model gets them. */
export function countedTexts({ sections }: RowLayout): string[] {
  return sections.filter(({ blind, turns, side, units }) => !blind && (turns || (side === undefined && units.length === 1))).flatMap(({ units }) => units.flatMap(({ text }) => (text ? [text] : [])));
}
