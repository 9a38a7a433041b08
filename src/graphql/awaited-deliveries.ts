import type { DeliveryInterest } from '../live/deliveries/delivery-match.js';

/** As AwaitedChanges. */
export class AwaitedDeliveries implements AsyncIterable<never> {
  readonly interest: DeliveryInterest;

  constructor(interest: DeliveryInterest) {
    this.interest = interest;
  }

  [Symbol.asyncIterator](): never {
    throw new Error('Deliveries are not iterated over: the live service sends them.');
  }
}
