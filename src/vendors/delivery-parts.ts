import type { CallSystem } from '../calls/call.enums.js';
import type { OutgoingDelivery } from './vendor.js';

/** The oldest of the names. A URL cannot carry the two that are left out: it would lead elsewhere. */
export function referenceOf(
  { references }: Pick<OutgoingDelivery, 'references'>,
  system: CallSystem,
  name: string,
): string | undefined {
  return references.find(
    (each) => each.system === system && each.name === name && !['.', '..'].includes(each.value),
  )?.value;
}

/** A member of an answer, whatever the answer is. A name such as "constructor" is not found where JSON has none. */
export function memberOf(value: unknown, name: string): unknown {
  const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isThere ? (value as Record<string, unknown>)[name] : undefined;
}

/** A text setting, or a text or number of an answer, as text; null if it is neither or empty. */
export function textOf(value: unknown): string | null {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : null;
}
