import { publishEnum } from '../../graphql/publish-enum.js';
import type { VendorAccountState } from './vendor-account.enums.js';

export const VendorAccountStateEnum = publishEnum<VendorAccountState>(
  'VendorAccountState',
  'Whether changes reach the account.',
  {
    ACTIVE: 'Changes are delivered.',
    PAUSED: 'Held by hand: deliveries wait.',
    FAILING:
      'The vendor refuses the credentials, its circuit is open, or the secrets do not open: deliveries wait, none is given up because of it.',
  },
);
