import type { LogPosition } from '../changes/change.queries.js';
import type { ChangeBatch, Interest, LiveChange } from './change-batch.js';
import type { RowKind } from './rows/row-interest.js';

export interface Payload {
  payload: Buffer;
}

export interface Frame extends Payload {
  position: LogPosition;
}

/** Its methods do not throw. */
export interface Subscriber {
  send(frames: readonly Payload[]): number;
  drained(): Promise<void>;
  fail(error: unknown): void;
}

/** @throws an error that ends the subscription, e.g. because the answer is too long */
export type Answer = () => Buffer;

export interface SubscriptionHandle extends Interest {
  organization: string;
  /** Equal for equal subscriptions by viewers who may see the same. */
  key: string;
  after: LogPosition | null;
  keyId: string;
  cost: number;
  /** Rejects where the database is away; the caller tries again. */
  answer(batch: ChangeBatch, changes: LiveChange[]): Promise<Answer[]>;
}

export interface RowHandle<Interest extends object = object> {
  organization: string;
  rows: RowKind;
  interest: Interest;
  keyId: string;
  cost: number;
  /** As of a SubscriptionHandle. */
  answer(rows: readonly object[]): Promise<Answer[]>;
}

export type AnyHandle = SubscriptionHandle | RowHandle;
