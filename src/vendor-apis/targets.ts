import { checkReference, toReference } from '../calls/call.input.js';
import type { CallTarget, ReferenceValue } from '../calls/reference/call-target.values.js';
import type { ShownCall } from '../db/tables/call-columns.js';
import { refuseUnknown } from '../foundation/refusal.js';
import type { Context } from '../graphql/context.js';
import { checkStrings } from '../graphql/input-checks.js';

/**
 * What a vendor calls by this name; `label` is how it says so in errors. A name that no call can have is unknown.
 * @throws Refusal NOT_FOUND
 */
export function targetOf(
  reference: ReferenceValue,
  label: string,
): CallTarget & { reference: ReferenceValue } {
  const target = { path: [], label, reference: toReference(reference) };
  const errors = [...checkStrings(reference, []), ...checkReference(reference, [])];
  return errors.length > 0 ? refuseUnknown('Call', target, 'reference') : target;
}

/** @throws Refusal NOT_FOUND */
export async function callOf(
  { reads }: Context,
  target: CallTarget & { reference: ReferenceValue },
): Promise<ShownCall> {
  const call = await reads.loaders.callByReference.load(target.reference);
  return call ?? refuseUnknown('Call', target, 'reference');
}

/** The first of the call's references with this name, which is the oldest. */
export async function referenceValues(
  { reads }: Context,
  callId: string,
  system: ReferenceValue['system'],
  ...names: string[]
): Promise<(string | null)[]> {
  const references = await reads.loaders.referencesByCallId.load(callId);
  return names.map(
    (name) => references.find((each) => each.system === system && each.name === name)?.value ?? null,
  );
}
