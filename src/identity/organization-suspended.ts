import { Forbidden } from '../foundation/refusal.js';

/** Fits in the reason of a WebSocket's close. */
export class OrganizationSuspended extends Forbidden {
  constructor() {
    super('The organization is suspended: its keys and tokens are refused until the operator resumes it');
  }
}
