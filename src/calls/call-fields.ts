import { isDeepStrictEqual } from 'node:util';
import type { CallRow } from '../db/tables/calls.js';
import { comparableDecimals } from '../foundation/decimals.js';
import { withoutNulls } from '../foundation/without-nulls.js';

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

export const LOGGED_FIELDS = [
  'direction',
  'status',
  'vendorStatus',
  ...VENDOR_FIELDS,
  'customerNumber',
  'tags',
] as const satisfies readonly (keyof CallRow)[];

type VendorField = (typeof VENDOR_FIELDS)[number];

/** Absent keeps the stored value, null clears it. */
export type GivenFields = { [F in VendorField]?: CallRow[F] | null } & {
  direction?: CallRow['direction'] | null;
  customerNumber?: string | null;
  tags?: string[] | null;
};

/** Replaces objects whole; a null inside one counts as absent. */
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

export function vendorValues(call: CallRow): Partial<CallRow> {
  const { direction, givenCustomerNumber, tags } = call;
  const values = Object.fromEntries(VENDOR_FIELDS.map((field) => [field, call[field]]));
  return { ...values, direction, givenCustomerNumber, tags };
}

type NumbersOfCall = Pick<CallRow, 'direction' | 'from' | 'to' | 'givenCustomerNumber' | 'customerNumber'>;

/** Must match how the database generates the column customer_number. */
export function withCustomerNumber<C extends NumbersOfCall>(call: C): C {
  const { direction, from, to, givenCustomerNumber } = call;
  const outside = direction === 'INBOUND' ? from : direction === 'OUTBOUND' ? to : null;
  const customerNumber = givenCustomerNumber ?? outside;
  return customerNumber === call.customerNumber ? call : { ...call, customerNumber };
}

/** Decimal strings, compared as numbers: `1.0` equals `1.00`. */
const DECIMALS: ReadonlySet<string> = new Set(['cost', 'rate', 'price']);

export function differing<T extends object>(stored: T, values: Partial<T>): Partial<T> {
  const changed = Object.entries(values).filter(
    ([key, value]) => !isSame(key, stored[key as keyof T], value),
  );
  return Object.fromEntries(changed) as Partial<T>;
}

function isSame(field: string, one: unknown, other: unknown): boolean {
  if (one === other) return true;
  return DECIMALS.has(field)
    ? isDeepStrictEqual(comparableDecimals(one), comparableDecimals(other))
    : isDeepStrictEqual(one, other);
}

export function valuesForEmptyFields(stored: CallRow, values: Partial<CallRow>): Partial<CallRow> {
  const fresh = Object.entries(values).filter(
    ([key, value]) => value !== null && isOpen(stored, key as keyof CallRow),
  );
  return Object.fromEntries(fresh) as Partial<CallRow>;
}

function isOpen(stored: CallRow, field: keyof CallRow): boolean {
  if (field === 'direction') return stored.direction === 'UNKNOWN';
  if (field === 'tags') return stored.tags.length === 0;
  return stored[field === 'givenCustomerNumber' ? 'customerNumber' : field] === null;
}

/** What of a call says something, `status` for the pair. Its times say how old the rest is. */
export function filledFields(call: CallRow): string[] {
  const fields = [...VENDOR_FIELDS, 'direction', 'givenCustomerNumber', 'tags'] as const;
  const filled = fields.filter((field) => field !== 'vendorUpdatedAt' && !isOpen(call, field));
  return isStatusOpen(call) ? filled : [...filled, 'status'];
}

export const isStatusOpen = ({ status, vendorStatus }: CallRow): boolean =>
  status === 'UNKNOWN' && vendorStatus === null;

export function changedMembers(
  metadata: Record<string, unknown>,
  other: Record<string, unknown>,
): Record<string, unknown> {
  const changed = Object.entries(metadata).filter(
    ([key, value]) => !Object.hasOwn(other, key) || !isDeepStrictEqual(other[key], value),
  );
  return Object.fromEntries(changed);
}
