/** Numbers as people read them in views, status bar and terminal: the same rules everywhere, with a true minus sign. */

const MINUS = '\u2212';

/** `0.143`, `−1.01`; "NaN" and "∞" for what is no number. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', MINUS);
}

/** `5.0e−6`, `0`. */
export function formatScientific(value: number, decimals = 1): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  return value === 0 ? '0' : value.toExponential(decimals).replace('e+', 'e').replaceAll('-', MINUS);
}

/** `62 %` of 0.62. */
export function formatPercent(share: number, decimals = 0): string {
  return Number.isFinite(share) ? `${formatFixed(share * 100, decimals)} %` : nonFinite(share);
}

/** `1,842`. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  return Math.round(value).toLocaleString('en-US').replace('-', MINUS);
}

/** `1.2k`, `3.4M`: for axes and narrow places. */
export function formatCompact(value: number): string {
  const size = Math.abs(value);
  if (size < 1000) return String(Math.round(value)).replace('-', MINUS);
  const [divisor, unit] = size < 1e6 ? [1e3, 'k'] : size < 1e9 ? [1e6, 'M'] : [1e9, 'B'];
  return `${formatFixed(value / divisor, 1).replace(/\.0$/, '')}${unit}`;
}

/** `512 B`, `1.8 GB`, in powers of ten. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return nonFinite(bytes);
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  for (; Math.abs(bytes) >= 999.5 && unit < units.length - 1; unit++) bytes /= 1000;
  return `${formatFixed(bytes, unit > 0 && Math.abs(bytes) < 9.95 ? 1 : 0)} ${units[unit]}`;
}

/** `8s`, `1m 40s`, `2h 5m`, `3d 4h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}s`;
  if (s < 3600) return s % 60 === 0 ? `${s / 60}m` : `${Math.floor(s / 60)}m ${s % 60}s`;
  const minutes = Math.round(s / 60);
  if (minutes < 24 * 60) return minutes % 60 === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
  const hours = Math.round(s / 3600);
  return hours % 24 === 0 ? `${hours / 24}d` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** About four significant digits whatever the size, for a metric that nobody described: `0.1432`, `12.35`, `1,842`, `5.0e−6`. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return nonFinite(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return formatScientific(value, 2);
  if (size >= 1000) return formatCount(value);
  return formatFixed(value, size >= 100 ? 1 : size >= 10 ? 2 : 3);
}

/** Of what a short measurement found, which is never sure of more than two digits: "0.17", "1.1", "98", "104", "52,000". */
export function formatMeasured(value: number): string {
  return value >= 100 ? formatCount(Number(value.toPrecision(3))) : String(Number(value.toPrecision(2)));
}

function nonFinite(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : `${MINUS}∞`;
}
