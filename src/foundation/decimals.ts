const shortest = (decimal: string): string =>
  decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;

const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/** Equal decimals become equal texts: "0.10" becomes "0.1". */
export function comparableDecimals(value: unknown): unknown {
  if (typeof value === 'string') return DECIMAL.test(value) ? shortest(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, comparableDecimals(member)]));
}
