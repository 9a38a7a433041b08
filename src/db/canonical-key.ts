/**
 * A text that is the same for equal values and different for different ones. Whatever requests share is kept under such a
 * key of all that decides it. Null, undefined and an absent member are three things, and so are 0 and -0, and a date and
 * its text. Neither the order of an object's members nor its class decides anything.
 * @throws TypeError for what has no such text: a function, a map and the like
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
