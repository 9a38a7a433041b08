import type { UserErrorData } from '../foundation/refusal.js';
import { quote } from '../graphql/bad-input.js';
import { checkList, checkRange, checkStrings, notEmpty, problem } from '../graphql/input-checks.js';
import type { CallDimensionInput } from './call-dimension.input.js';
import type { FacetQuestion, FiguresQuestion, Grouping } from './call-statistics.values.js';

const ROWS: [number, number] = [1, 1_000];
const DIMENSIONS: [number, number] = [0, 2];
const PATH: [number, number] = [1, 10];

export interface FiguresArguments {
  by: CallDimensionInput[] | null;
  timeZone: string;
  first: number;
}

export function checkFigures({ by, timeZone, first }: FiguresArguments): UserErrorData[] {
  return [
    ...checkList(by, ['by'], DIMENSIONS, ({ metadata }, path) => [
      ...checkStrings(metadata, [...path, 'metadata']),
      ...checkList(metadata, [...path, 'metadata'], PATH, notEmpty),
    ]),
    ...(isTimeZone(timeZone)
      ? []
      : problem(['timeZone'], `${quote(timeZone)} is not a time zone: expected a name like Europe/Lisbon.`)),
    ...checkRange(first, ['first'], ROWS),
  ];
}

/** Postgres would read an offset with its sign reversed. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function toFigures({ by, ...rest }: FiguresArguments): FiguresQuestion {
  const groupings = (by ?? []).map(
    (each) => Object.fromEntries(Object.entries(each).filter(([, value]) => value != null)) as Grouping,
  );
  return { by: groupings, ...rest };
}

export const checkFacet = ({ startsWith, first }: FacetQuestion): UserErrorData[] => [
  ...checkStrings({ startsWith }, []),
  ...checkRange(first, ['first'], ROWS),
];
