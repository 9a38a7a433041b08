import type { CallDimension, TimeBucket } from './call-dimension.enums.js';

/** What figures are grouped by. */
export type Grouping = { field: CallDimension } | { occurredAt: TimeBucket } | { metadata: string[] };

export interface FiguresQuestion {
  by: Grouping[];
  /** An IANA name. */
  timeZone: string;
  first: number;
}

export interface Figures {
  keys: (string | null)[];
  calls: number;
  answered: number;
  duration: { sum: number; average: number | null; median: number | null; p95: number | null };
  costs: { currency: string; total: string }[];
}

export interface FacetQuestion {
  field: CallDimension;
  startsWith: string | null;
  first: number;
}

export interface FacetValue {
  value: string;
  label: string | null;
  calls: number;
}
