interface Delivery {
  id: string;
  /** A DeliveryState. */
  state: string;
  change?: { id: string } | null;
}

/** Deliveries by the newest change that they carry, in the order in which they are given. */
export function byChange<D extends Delivery>(deliveries: readonly D[]) {
  const groups = new Map<string, { id: string; change: D['change'] | undefined; deliveries: D[] }>();
  for (const delivery of deliveries) {
    const { change } = delivery;
    const id = change?.id ?? delivery.id;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { id, change, deliveries: [delivery] });
    else group.deliveries.push(delivery);
  }
  return [...groups.values()];
}

const HAVE: readonly string[] = ['DELIVERED', 'DELIVERED_DIFFERENT'];
const WAIT: readonly string[] = ['PENDING', 'RETRYING', 'INCOMPLETE'];

/** Whether every vendor has a change, in words. A delivery that a newer one took the place of is judged there. */
export function summaryOf(deliveries: readonly Pick<Delivery, 'state'>[]): { text: string; isGood: boolean } {
  const judged = deliveries.filter(({ state }) => state !== 'SUPERSEDED');
  const count = (states: readonly string[]) => judged.filter(({ state }) => states.includes(state)).length;
  const [have, wait] = [count(HAVE), count(WAIT)];
  if (judged.length === 0) return { text: 'Carried by a newer change', isGood: true };
  if (have === judged.length) return { text: 'Every vendor has it', isGood: true };
  const lost = judged.length - have - wait;
  return {
    text: [
      `${have} of ${judged.length} have it`,
      ...(wait > 0 ? [`${wait} wait`] : []),
      ...(lost > 0 ? [`${lost} did not get it`] : []),
    ].join(', '),
    isGood: lost === 0,
  };
}
