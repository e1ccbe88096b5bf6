/** In which script a text is written: a first idea of its language, and all that can be said of it without a model. */

const scripts: readonly (readonly [name: string, letters: RegExp])[] = [
  // Kana tells Japanese from Chinese, which is why it comes first.
  ['Japanese', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['Han', /\p{Script=Han}/gu],
  ['Latin', /\p{Script=Latin}/gu],
  ...['Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Devanagari', 'Bengali', 'Tamil', 'Telugu', 'Thai', 'Hangul', 'Georgian', 'Armenian', 'Ethiopic', 'Khmer', 'Myanmar', 'Sinhala', 'Gujarati', 'Gurmukhi', 'Kannada', 'Malayalam', 'Lao', 'Tibetan'].map((name) => [name, new RegExp(`\\p{Script=${name}}`, 'gu')] as const),
];

const onlyLatin = /^[\u0000-\u024F]*$/;
const latin = /[A-Za-z\u00C0-\u024F]/;
/** Enough to know, and little enough for a file of any size. */
const charsLookedAt = 400;

/** The script of most of its first letters; `none` for a text without letters. A text with a tenth of kana in it is Japanese. */
export function scriptOf(text: string): string {
  const head = text.slice(0, charsLookedAt);
  if (onlyLatin.test(head)) return latin.test(head) ? 'Latin' : 'none';
  let best = 'none';
  let most = 0;
  const letters = head.match(/\p{L}/gu)?.length ?? 0;
  for (const [name, pattern] of scripts) {
    const count = head.match(pattern)?.length ?? 0;
    if (name === 'Japanese' && count * 10 >= letters && count > 0) return name;
    if (count > most) [best, most] = [name, count];
  }
  return letters > 0 && most === 0 ? 'other' : best;
}
