import type { Names } from './world.js';

/** Letters of a refused value that a message shows. */
const SHOWN = 60;

/**
 * An answer, or whatever a client was told, without what must differ from one organization to another: names by which it
 * was asked for, ids and names that were made for it, times, and what a rate leaves.
 */
export function comparable(answer: unknown, ...worlds: Partial<Names>[]): unknown {
  let text = JSON.stringify(answer);
  for (const [which, names] of worlds.entries()) {
    for (const [name, value] of Object.entries(names)) {
      text = text
        .replaceAll(value, `<${name} of ${which}>`)
        .replaceAll(`${value.slice(0, SHOWN)}…`, `<${name} of ${which}, cut>`);
    }
  }
  text = text
    .replaceAll(/\b[a-z_]+_[0-9a-hjkmnp-tv-z]{26}\b/g, '<id>')
    .replaceAll(
      /\b(?:account|case|child|uid|source|external|group|key|event|session|nobody|org)-[0-9a-f]{12}\b/g,
      '<name>',
    )
    .replaceAll(/(\/hooks\/\w+\/)[\w-]{27}/g, '$1<token>')
    .replaceAll(/"remaining":\d+/g, '"remaining":0')
    .replaceAll(/\?expires=\d+&signature=[\w-]+/g, '?<signed>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
  return JSON.parse(text);
}
