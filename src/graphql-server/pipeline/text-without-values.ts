import { BREAK, type DocumentNode, Kind, print, visit } from 'graphql';

const MOST_CHARACTERS = 8_192;
const VALUES: ReadonlySet<string> = new Set([
  ...[Kind.INT, Kind.FLOAT, Kind.STRING, Kind.BOOLEAN, Kind.NULL, Kind.ENUM],
]);

const texts = new WeakMap<DocumentNode, string | null>();

/** Null if a value stands in it, or it is long. It is printed anew, because comments may hold anything. */
export function textWithoutValues(document: DocumentNode): string | null {
  const known = texts.get(document);
  if (known !== undefined) return known;
  let hasValues = false;
  visit(document, {
    enter({ kind }) {
      if (!VALUES.has(kind)) return undefined;
      hasValues = true;
      return BREAK;
    },
  });
  const text = hasValues ? null : print(document);
  const shown = text !== null && text.length <= MOST_CHARACTERS ? text : null;
  texts.set(document, shown);
  return shown;
}
