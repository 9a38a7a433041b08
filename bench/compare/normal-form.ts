import { decodeId } from '../../src/graphql/ids.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;

/**
 * An answer in a form that is equal for all contenders: TypeIDs as the uuids that they stand for, and what was made
 * after `since`, ids and times, only as being new. Everything else stays as it is, the form of dates included.
 */
export function normalForm(value: unknown, since: number): unknown {
  if (typeof value === 'string') return normalText(value, since);
  if (Array.isArray(value)) return value.map((item) => normalForm(item, since));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normalForm(member, since)]));
}

function normalText(text: string, since: number): string {
  const id = decodeId(text)?.uuid ?? text;
  if (UUID.test(id)) return Number.parseInt(id.replace('-', '').slice(0, 12), 16) < since ? id : 'a new id';
  if (INSTANT.test(text) && Date.parse(text) >= since) return 'now';
  return id;
}
