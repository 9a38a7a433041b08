import { publishEnum } from '../../graphql/publish-enum.js';
import type { InboundMessageState } from './inbound-message.enums.js';

export const InboundMessageStateEnum = publishEnum<InboundMessageState>(
  'InboundMessageState',
  'What became of a webhook.',
  {
    APPLIED: 'It, or the record that it is a hint at, has changed a call.',
    UNCHANGED: 'Its call has all of it already.',
    UNMATCHED: 'It is not known which call it is about; `reason` says why.',
    UNRECOGNISED: 'It has no shape that this version knows. Replay it after an upgrade.',
    REFUSED: "It is not signed with the account's key. At most 100 of these are kept for an account.",
    FAILED:
      'It could not be applied; `reason` says why. Tried again for a day if that may pass, e.g. while the vendor is away.',
  },
);
