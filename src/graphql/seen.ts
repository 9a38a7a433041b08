/** What is noted of a request for its line in the log and for the metrics. Nothing in it is secret. */
export interface Seen {
  /** By performance.now(). */
  began: number;
  isOver: boolean;
  /** Null for what is no GraphQL, or cannot be read. */
  operation: string | null;
  type: 'query' | 'mutation' | 'subscription' | null;
  organization: string | null;
  /** The id of the API key, not the key; of a person the organization's id and the token's subject. */
  key: string | null;
  outcome: Outcome;
  /** The code of the error that decided the outcome. */
  code: string | null;
  /** The ids under which clients were told of faults. */
  errorIds: string[] | null;
  cost: number | null;
}

/**
 * `refused`: the client's own fault, also where other fields were answered. `unavailable`: the database is away.
 * `overloaded`: it was not executed, for too many were. `failed`: our fault. `aborted`: the client hung up before there was an answer.
 */
export const OUTCOMES = ['ok', 'refused', 'unavailable', 'overloaded', 'failed', 'aborted'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const newlySeen = (): Seen => ({
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
});
