import { isNotNull, type SQL, sql } from 'drizzle-orm';
import { type Conditions, choice, createdWithin, instantWithin } from '../../db/lists/conditions.js';
import { callReferences, calls } from '../../db/tables/calls.js';
import { deliveries } from '../../db/tables/deliveries.js';
import type { InstantRange } from '../../foundation/ranges.js';
import type { DeliveryFilter } from './delivery-filter.values.js';

/** Milliseconds. An id is drawn after `created_at` is, in the same statement. */
const STATEMENT = 60_000;

/** Only deliveries of a call: an event that has none is not shown. */
export function deliveryConditions(organizationId: string, filter: DeliveryFilter): Conditions {
  const { state, kind, account, call, createdAt } = filter;
  const all = [
    ...(account === undefined ? [] : [sql`${deliveries.accountId} = ${account}`]),
    ...(call === undefined ? [] : [sql`${deliveries.callId} = ${callOf(organizationId, call)}`]),
    ...createdWithin(deliveries.id, idRange(createdAt)),
  ];
  const rest = [
    ...(kind === undefined ? [] : [choice(deliveries.kind, kind).any]),
    ...instantWithin(deliveries.createdAt, createdAt),
  ];
  const choices = state === undefined ? [] : [choice(deliveries.state, state)];
  return { always: [isNotNull(deliveries.callId)], all, choices, scattered: [], rest };
}

function idRange({ from, to }: InstantRange = {}): InstantRange {
  return {
    ...(from && { from: new Date(from.getTime() - 1) }),
    ...(to && { to: new Date(to.getTime() + STATEMENT) }),
  };
}

/** A joined record's deliveries are its call's. */
function callOf(organizationId: string, call: NonNullable<DeliveryFilter['call']>): SQL {
  if ('id' in call) {
    return sql`(select coalesce(${calls.joinedInto}, ${calls.id}) from ${calls}
      where ${calls.organizationId} = ${organizationId} and ${calls.id} = ${call.id})`;
  }
  const { system, name, value } = call.reference;
  return sql`(select ${callReferences.callId} from ${callReferences}
    where ${callReferences.organizationId} = ${organizationId} and ${callReferences.system} = ${system}
      and ${callReferences.name} = ${name} and ${callReferences.value} = ${value})`;
}
