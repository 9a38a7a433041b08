export interface RequestRecord {
  began: number;
  isOver: boolean;
  operation: string | null;
  type: 'query' | 'mutation' | 'subscription' | null;
  organization: string | null;
  key: string | null;
  outcome: Outcome;
  code: string | null;
  errorIds: string[] | null;
  cost: number | null;
  /** The W3C trace context of the request, if it is traced. */
  trace: string | null;
  /** What is asked, if it is traced, and has no value in it. */
  document: string | null;
}

/**
 * `refused`: the client's error, even if other fields were answered. `unavailable`: the database is away. `overloaded`:
 * not executed. `aborted`: the client left before the answer.
 */
export const OUTCOMES = ['ok', 'refused', 'unavailable', 'overloaded', 'failed', 'aborted'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const newRequestRecord = (): RequestRecord => ({
  began: performance.now(),
  isOver: false,
  operation: null,
  type: null,
  organization: null,
  key: null,
  outcome: 'ok',
  code: null,
  errorIds: null,
  cost: null,
  trace: null,
  document: null,
});
