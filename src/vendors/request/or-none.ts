import { type VendorAnswer, VendorRefusal } from './vendor-client.js';

/** Undefined for a 404, by which vendors say that there is none. */
export function orNone(answer: Promise<VendorAnswer>): Promise<VendorAnswer | undefined> {
  return answer.catch((error) => {
    if (error instanceof VendorRefusal && error.status === 404) return undefined;
    throw error;
  });
}
