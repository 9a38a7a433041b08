import type { LogPosition } from '../changes/change.queries.js';
import type { ShownImport } from '../vendors/imports/call-import.queries.js';
import type { ChangeBatch, Interest, LiveChange } from './change-batch.js';
import type { ChangedRow } from './rows/changed-row.values.js';
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
  /** What was sent is all. */
  complete(): void;
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

/** To rows of a polled feed. */
export interface RowHandle<Row> {
  organization: string;
  keyId: string;
  cost: number;
  /** As of a SubscriptionHandle. */
  answer(rows: readonly Row[]): Promise<Answer[]>;
}

export interface FoundRowsHandle<Row = ChangedRow, Interest extends object = object> extends RowHandle<Row> {
  rows: RowKind;
  interest: Interest;
}

export interface ImportHandle extends RowHandle<ShownImport> {
  importId: string;
}

export type AnyHandle = SubscriptionHandle | FoundRowsHandle | ImportHandle;
