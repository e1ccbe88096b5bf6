/** Numbers as people of the display language read them. */

const locale = () => document.documentElement.lang || undefined;

export function formatCount(value: number): string {
  return value.toLocaleString(locale());
}

/** With a true minus sign, and a plus where it grew. */
export function formatDelta(value: number): string {
  if (value === 0) return '0';
  return `${value > 0 ? '+' : '−'}${Math.abs(value).toLocaleString(locale())}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'KB'] : [bytes / 1_000_000, 'MB'];
  return `${value.toLocaleString(locale(), { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`;
}
