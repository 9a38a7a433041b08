/** A change of a call, as far as it decides what carries it. */
export interface CarriedChange {
  id: string;
  kind: string;
  recordedAt: string;
  actor: string;
  actorType?: string | null;
  oldValues: object;
  newValues: object;
}

export interface Carrying {
  /** A DeliveryKind. */
  kind: string;
  createdAt: string;
  account: { name: string };
  /** The newest change that it carries. */
  change?: { id: string; recordedAt: string } | null;
}

/**
 * The deliveries that carry each change, by its id. A delivery that was not sent yet takes later changes of its kind along,
 * so it carries those from the one with which it was written to the newest.
 * @param changes of one call, newest first
 */
export function carriedBy<D extends Carrying>(
  changes: readonly CarriedChange[],
  deliveries: readonly D[],
): ReadonlyMap<string, readonly D[]> {
  const found = new Map<string, D[]>(changes.map(({ id }) => [id, []]));
  for (const delivery of deliveries) {
    const first = changes.find(({ recordedAt }) => isUpTo(recordedAt, delivery.createdAt));
    for (const change of changes)
      if (isCarried(change, delivery, first)) found.get(change.id)?.push(delivery);
  }
  return found;
}

function isCarried(change: CarriedChange, delivery: Carrying, first: CarriedChange | undefined): boolean {
  const { change: newest, createdAt, kind, account } = delivery;
  if (newest == null) return false;
  if (newest.id === change.id) return true;
  const isOwn = change.actorType === 'VENDOR_ACCOUNT' && change.actor === account.name;
  if (isOwn || !isUpTo(change.recordedAt, newest.recordedAt) || !takesAlong(kind, change)) return false;
  return change === first || !isUpTo(change.recordedAt, createdAt);
}

/** Whether a delivery of this kind that is there already takes the change along. */
function takesAlong(kind: string, { kind: changeKind, oldValues, newValues }: CarriedChange): boolean {
  if (kind === 'METADATA') return 'metadata' in oldValues || 'metadata' in newValues;
  return kind === 'VOICE_CALL' && 'voiceCall' in newValues && changeKind !== 'JOINED';
}

const isUpTo = (one: string, other: string): boolean => Date.parse(one) <= Date.parse(other);
