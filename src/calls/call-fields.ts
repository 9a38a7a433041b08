import { isDeepStrictEqual } from 'node:util';
import type { CallRow } from '../db/tables/calls.js';

/** The fields of a call that hold what vendors said, named as in the public schema and in the table alike. */
const VENDOR_FIELDS = [
  'type',
  'from',
  'to',
  'originator',
  'receiver',
  'workspaceId',
  'channelId',
  'assistant',
  'notificationUrl',
  'sipType',
  'reason',
  'hangup',
  'duration',
  'scheduledFor',
  'ringingAt',
  'startedAt',
  'answeredAt',
  'endedAt',
  'vendorCreatedAt',
  'vendorUpdatedAt',
  'cost',
  'answeringMachineDetection',
  'quality',
  'sip',
] as const satisfies readonly (keyof CallRow)[];

/** The fields whose old and new values a log row shows; references, groups, parent, metadata and flow come beside them. */
export const LOGGED_FIELDS = [
  'direction',
  'status',
  'vendorStatus',
  ...VENDOR_FIELDS,
  'customerNumber',
  'tags',
] as const satisfies readonly (keyof CallRow)[];

type VendorField = (typeof VENDOR_FIELDS)[number];

/** What an upsert gives of these fields: absent keeps, null clears. */
export type GivenFields = { [F in VendorField]?: CallRow[F] | null } & {
  direction?: CallRow['direction'] | null;
  customerNumber?: string | null;
  tags?: string[] | null;
};

/** Columns to set, from what was given. Objects are replaced whole, and a null inside one is the same as absent. */
export function givenValues(given: GivenFields): Partial<CallRow> {
  const values: Record<string, unknown> = {};
  for (const field of VENDOR_FIELDS) {
    if (given[field] !== undefined) values[field] = withoutNulls(given[field]);
  }
  if (given.direction) values.direction = given.direction;
  if (given.customerNumber !== undefined) values.givenCustomerNumber = given.customerNumber;
  if (given.tags !== undefined) values.tags = given.tags ?? [];
  return values;
}

/** What vendors said of a call, as columns to set. */
export function vendorValues(call: CallRow): Partial<CallRow> {
  const { direction, givenCustomerNumber, tags } = call;
  const values = Object.fromEntries(VENDOR_FIELDS.map((field) => [field, call[field]]));
  return { ...values, direction, givenCustomerNumber, tags };
}

function withoutNulls(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return JSON.parse(JSON.stringify(value, (_key, member) => (member === null ? undefined : member)));
}

type NumbersOfCall = Pick<CallRow, 'direction' | 'from' | 'to' | 'givenCustomerNumber' | 'customerNumber'>;

/** A call with the number that its other fields make; the table generates the column by the same rule. */
export function withCustomerNumber<C extends NumbersOfCall>(call: C): C {
  const { direction, from, to, givenCustomerNumber } = call;
  const outside = direction === 'INBOUND' ? from : direction === 'OUTBOUND' ? to : null;
  const customerNumber = givenCustomerNumber ?? outside;
  return customerNumber === call.customerNumber ? call : { ...call, customerNumber };
}

/** Of the values those that differ from the stored ones; minus zero is stored as zero. */
export function differing<T extends object>(stored: T, values: Partial<T>): Partial<T> {
  const changed = Object.entries(values).filter(
    ([key, value]) => stored[key as keyof T] !== value && !isDeepStrictEqual(stored[key as keyof T], value),
  );
  return Object.fromEntries(changed) as Partial<T>;
}

/** Of the values those that fill what the call does not know yet: all that a late delivery may do. */
export function filling(stored: CallRow, values: Partial<CallRow>): Partial<CallRow> {
  const fresh = Object.entries(values).filter(
    ([key, value]) => value !== null && isOpen(stored, key as keyof CallRow),
  );
  return Object.fromEntries(fresh) as Partial<CallRow>;
}

function isOpen(stored: CallRow, field: keyof CallRow): boolean {
  if (field === 'direction') return stored.direction === 'UNKNOWN';
  if (field === 'tags') return stored.tags.length === 0;
  // The number that clients see may come from `from` or `to`.
  return stored[field === 'givenCustomerNumber' ? 'customerNumber' : field] === null;
}

/** The members of `metadata` that differ from `other`: what a log row keeps of it. */
export function changedMembers(
  metadata: Record<string, unknown>,
  other: Record<string, unknown>,
): Record<string, unknown> {
  const changed = Object.entries(metadata).filter(
    ([key, value]) => !Object.hasOwn(other, key) || !isDeepStrictEqual(other[key], value),
  );
  return Object.fromEntries(changed);
}
