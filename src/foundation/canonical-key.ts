/**
 * Equal exactly for equal values. Distinguishes null, undefined and an absent member, 0 and -0, a date and its text;
 * ignores the order of members and the class.
 * @throws TypeError for e.g. functions and maps
 */
export function canonicalKey(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : keyOfObject(value);
    default:
      throw new TypeError(`A ${typeof value} has no key.`);
  }
}

function keyOfObject(value: object): string {
  if (value instanceof Date) return `@${value.getTime()}`;
  if (Array.isArray(value)) {
    let items = '';
    for (const item of value) items += `${canonicalKey(item)},`;
    return `[${items}]`;
  }
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    throw new TypeError(`A ${value.constructor?.name} has no key.`);
  }
  let members = '';
  for (const name of Object.keys(value).sort()) {
    members += `${JSON.stringify(name)}:${canonicalKey((value as Record<string, unknown>)[name])},`;
  }
  return `{${members}}`;
}
