import type { CallFiguresFragment } from '../gql/graphql';
import { formatDuration } from '../ui/duration';
import { words } from '../ui/words';
import { type FiguresSearch, METADATA } from './figures-search';

export type Figures = CallFiguresFragment;

export const NO_FIGURES: Omit<Figures, '__typename' | 'keys'> = {
  calls: 0,
  answered: 0,
  duration: { __typename: 'DurationStatistics', median: null, p95: null },
  costs: [],
};

export const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`;

export const seconds = (value: number | null): string =>
  value === null ? '–' : formatDuration(Math.round(value));

/** The exact sums, e.g. `0.05 USD`. */
export const costsText = ({ costs }: Pick<Figures, 'costs'>): string =>
  costs.length === 0 ? '–' : costs.map(({ total, currency }) => `${total} ${currency}`).join(', ');

export const currenciesOf = (rows: readonly Pick<Figures, 'costs'>[]): string[] =>
  [...new Set(rows.flatMap(({ costs }) => costs.map(({ currency }) => currency)))].sort();

export const costIn = ({ costs }: Pick<Figures, 'costs'>, currency: string): string | undefined =>
  costs.find((each) => each.currency === currency)?.total;

const ENUMS = new Set(['STATUS', 'SYSTEM', 'DIRECTION', 'VOICE_CALL_STATUS']);

export function valueText(value: string | null | undefined, by: FiguresSearch['by']): string {
  if (value == null) return 'None';
  return ENUMS.has(by) ? words(value) : value;
}

export const dimensionText = ({ by, path }: Pick<FiguresSearch, 'by' | 'path'>): string =>
  by === METADATA ? `metadata ${path}` : words(by).toLowerCase();
