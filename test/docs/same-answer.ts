const ID = /^([a-z]+(?:_[a-z]+)*)_[0-9a-hjkmnp-tv-z]{26}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const SECRET = /^[\w+/=.-]{24,}$/;
const DAY = 86_400_000;

/**
 * Where an answer differs from the shown one, apart from what each run draws anew: ids, times of today, and cursors. A
 * shown "…" stands for anything, at the end of a text too.
 */
export function differences(shown: unknown, found: unknown, path = '$'): string[] {
  if (shown === '…') return [];
  if (Array.isArray(shown) && Array.isArray(found)) {
    if (shown.length !== found.length) return [`${path} has ${found.length} items, not ${shown.length}`];
    return shown.flatMap((each, index) => differences(each, found[index], `${path}[${index}]`));
  }
  if (isObject(shown) && isObject(found)) {
    const names = [...new Set([...Object.keys(shown), ...Object.keys(found)])];
    return names.flatMap((name) => differences(shown[name], found[name], `${path}.${name}`));
  }
  return shown === found || isDrawnAnew(shown, found)
    ? []
    : [`${path} is ${JSON.stringify(found)}, not ${JSON.stringify(shown)}`];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isDrawnAnew(shown: unknown, found: unknown): boolean {
  if (typeof shown !== 'string' || typeof found !== 'string') return false;
  if (shown.endsWith('…') && found.startsWith(shown.slice(0, -1))) return true;
  const [, kind] = ID.exec(shown) ?? [];
  if (kind !== undefined) return ID.exec(found)?.[1] === kind;
  if (UUID.test(shown)) return UUID.test(found);
  if (TIME.test(shown)) return TIME.test(found) && Math.abs(Date.parse(found) - Date.now()) < DAY;
  return SECRET.test(shown) && SECRET.test(found);
}

const DRAWN: [RegExp, string][] = [
  [/sb_[\w-]{43}/g, 'TOKEN'],
  [/\b([a-z]+(?:_[a-z]+)*)_[0-9a-hjkmnp-tv-z]{26}\b/g, '$1_ID'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID'],
  [/\b20(?:2[5-9]|[3-9]\d)-\d\d-\d\d(?:[T ][\d:.]+Z?)?/g, 'TIME'],
  [/[\d,.]+\/s/g, 'RATE'],
  [/ +/g, ' '],
];

/** Where lines differ from the shown ones, apart from the same. A shown line "…" stands for any number of lines. */
export function differentLines(shown: string, found: string): string[] {
  const [shownLines = [], foundLines = []] = [shown, found].map((text) =>
    DRAWN.reduce((text, [pattern, name]) => text.replaceAll(pattern, name), text)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
  const pattern = shownLines
    .map((line) => (line === '…' ? '(?:.*\n)*?' : `${line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}\n`))
    .join('');
  return new RegExp(`^${pattern}$`).test(foundLines.map((line) => `${line}\n`).join(''))
    ? []
    : [`\n${foundLines.join('\n')}\nis not\n${shownLines.join('\n')}`];
}

/** JSON in lines of at most 110 characters, where its parts are that short. */
export function inLines(value: unknown, indent = ''): string {
  const short = inOneLine(value);
  if (indent.length + short.length <= 110 || typeof value !== 'object' || value === null) return short;
  const deeper = `${indent}  `;
  const [open, close, parts] = Array.isArray(value)
    ? ['[', ']', value.map((each) => inLines(each, deeper))]
    : ['{', '}', Object.entries(value).map(([name, each]) => `"${name}": ${inLines(each, deeper)}`)];
  return `${open}\n${parts.map((part) => `${deeper}${part}`).join(',\n')}\n${indent}${close}`;
}

function inOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, each]) => `"${name}": ${inOneLine(each)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
