export function withoutNulls<T>(value: T): T {
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return JSON.parse(JSON.stringify(value, (_key, member) => (member === null ? undefined : member)));
}
