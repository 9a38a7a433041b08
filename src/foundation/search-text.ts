import { withoutSeparators } from './phone-numbers.js';

/** Between the parts of a call's text, so that no search finds the end of one and the beginning of the next. */
export const SEPARATOR = '\u001f';
export const LEAST_SEARCH = 3;
export const MOST_SEARCH = 500;

/** Latin, Greek, Cyrillic and Armenian. Must agree with the SQL function search_fold. */
const LETTERS = /[A-Z\u00c0-\u052f\u0531-\u0556\u1e00-\u1eff\uff21-\uff3a]/g;

export function searchFold(text: string): string {
  return text.replace(LETTERS, (letter) => {
    const lower = letter === 'ς' ? 'σ' : letter.toLowerCase();
    return lower.length === 1 ? lower : letter;
  });
}

export interface Needles {
  text: string;
  /** If it is, or may be, a part of a number. */
  digits: string[];
}

export function needlesOf(search: string): Needles {
  const [, international, digits] = /^(?:\+|(00))?(\d+)$/.exec(withoutSeparators(search)) ?? [];
  const numbers = digits === undefined ? [] : [digits, ...(international ? [`00${digits}`] : [])];
  return { text: searchFold(search), digits: numbers.filter((each) => each.length >= LEAST_SEARCH) };
}
