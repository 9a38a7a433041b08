import type { CallRow } from '../db/tables/calls.js';
import { isWithheld } from '../foundation/phone-numbers.js';
import type { ParticipantDetails } from './call-details.values.js';

type Parties = Pick<CallRow, 'direction' | 'originator' | 'receiver'>;
type Numbers = Partial<
  Pick<CallRow, 'direction' | 'from' | 'to' | 'givenCustomerNumber' | 'originator' | 'receiver'>
>;

/** A withheld number becomes null and its party anonymous; a number for such a party without one removes the mark. */
export function withoutWithheld<V extends Numbers>(values: V, stored: Parties): V {
  const outside = sideOf(values.direction ?? stored.direction);
  return [
    ['from', 'originator'] as const,
    ['to', 'receiver'] as const,
    ['givenCustomerNumber', outside] as const,
  ].reduce((all, [field, side]) => withParty(all, stored, field, side), withoutNumbers(values));
}

const sideOf = (direction: CallRow['direction']) =>
  direction === 'INBOUND' ? 'originator' : direction === 'OUTBOUND' ? 'receiver' : null;

function withParty<V extends Numbers>(
  values: V,
  stored: Parties,
  field: 'from' | 'to' | 'givenCustomerNumber',
  side: 'originator' | 'receiver' | null,
): V {
  const number = values[field];
  if (number == null) return values;
  const party = side === null ? null : side in values ? values[side] : stored[side];
  if (isWithheld(number)) {
    const anonymous = { ...party, number: { ...party?.number, anonymous: true } };
    return { ...values, [field]: null, ...(side && { [side]: anonymous }) };
  }
  const isMarked = side !== null && !(side in values) && party?.number?.anonymous && !party.number.number;
  return isMarked
    ? { ...values, [side]: { ...party, number: { ...party.number, anonymous: false } } }
    : values;
}

function withoutNumbers<V extends Numbers>(values: V): V {
  const shown = (party: ParticipantDetails | null | undefined): ParticipantDetails | null | undefined => {
    if (party?.number?.number == null || !isWithheld(party.number.number)) return party;
    const { number: _withheld, ...rest } = party.number;
    return { ...party, number: { ...rest, anonymous: true } };
  };
  const sides = (['originator', 'receiver'] as const).filter((side) => values[side] != null);
  return sides.length === 0
    ? values
    : { ...values, ...Object.fromEntries(sides.map((side) => [side, shown(values[side])])) };
}
