/** Puts parts into the text of a search and takes them out again, for the buttons beside it. No DOM. */

const parts = /(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g;

export function hasPart(text: string, part: string): boolean {
  return partsOf(text).includes(part);
}

export function togglePart(text: string, part: string): string {
  const before = partsOf(text);
  return (before.includes(part) ? before.filter((other) => other !== part) : [...before, part]).join(' ');
}

/** What is behind `sort:`; empty for the file's order. */
export function sortOf(text: string): string {
  return partsOf(text).findLast((part) => part.startsWith('sort:'))?.slice(5) ?? '';
}

export function withSort(text: string, sort: string): string {
  return [...partsOf(text).filter((part) => !part.startsWith('sort:')), ...(sort === '' ? [] : [`sort:${sort}`])].join(' ');
}

function partsOf(text: string): string[] {
  return text.match(parts) ?? [];
}
