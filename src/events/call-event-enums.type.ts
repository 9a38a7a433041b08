import { publishEnum } from '../graphql/publish-enum.js';
import type { CallEventMatch, MatchCallField } from './call-event.enums.js';

export const CallEventMatchEnum = publishEnum<CallEventMatch>(
  'CallEventMatch',
  'Whether the call of an event is known.',
  {
    MATCHED: 'It is, or calls of its group are: the metadata was applied.',
    PENDING:
      'Not yet: it waits for its call. Of thousands that wait for one call or rule, some do a little longer: they are let in by steps.',
    AMBIGUOUS: 'A match rule found several candidates: somebody has to decide.',
    TOO_LARGE:
      "Its patch would take the call's metadata past its limit: kept, and does not count. A group's event is, while that holds for all of the group's calls; it is MATCHED once it counts in one, and does not count in those where it would not fit.",
  },
);

export const MatchCallFieldEnum = publishEnum<MatchCallField>(
  'MatchCallField',
  "What of a call a match rule compares with the event's value.",
  {
    FROM: 'The number or address that called; another spelling of the same number is equal.',
    TO: 'The number or address that was called; another spelling of the same number is equal.',
    CUSTOMER_NUMBER: "The outside party's number; another spelling of the same number is equal.",
    REFERENCE: 'The value of any of its references.',
    METADATA: 'The value in its metadata at `callMetadataPath`.',
  },
);
