import { isObject } from '../metadata/merge-patch.js';

/** A value of a change, for people: the items of a list on lines of their own, and no more marks than are needed. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map(shownValue).join('\n');
  if (!isObject(value)) return String(value);
  return Object.entries(value)
    .filter(([, member]) => member !== null)
    .map(([name, member]) => `${name}: ${shownValue(member)}`)
    .join(', ');
}
