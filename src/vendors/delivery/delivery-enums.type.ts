import { publishEnum } from '../../graphql/publish-enum.js';
import type { DeliveryKind, DeliveryState } from './delivery.enums.js';

export const DeliveryKindEnum = publishEnum<DeliveryKind>(
  'DeliveryKind',
  'What a delivery carries to its vendor.',
  {
    METADATA: 'The members of the metadata that have changed, as they are when it is sent.',
    EVENT: 'One event, as it was recorded.',
    VOICE_CALL: 'The voice call, as it is when it is sent.',
    CALL_FLOW: 'One flow.',
    HANG_UP: 'The request to end the call.',
  },
);

export const DeliveryStateEnum = publishEnum<DeliveryState>(
  'DeliveryState',
  'How far a delivery has come. PENDING, RETRYING and INCOMPLETE are open: later changes of the metadata or the voice call join them.',
  {
    PENDING: 'Is to be sent.',
    RETRYING: 'Was tried, will be again at nextAttemptAt.',
    DELIVERED: 'The vendor took it.',
    DELIVERED_DIFFERENT:
      'The vendor took it and answered with something else than we have; `lastError` says what.',
    DEAD: 'Refused for good, or given up after 24 hours.',
    SUPERSEDED: 'A newer change of the same kind was sent instead, or carries this one too.',
    EXPIRED: 'A flow that came too late.',
    INCOMPLETE: 'Cannot be sent yet: a field that the vendor requires is not known. Sent as soon as it is.',
    DISCARDED: 'Given up by hand, with its account, or because the vendor has no place for it.',
  },
);
