import { publishEnum } from '../graphql/publish-enum.js';
import type { CallEventMatch, MatchCallField } from './call-event.enums.js';

export const CallEventMatchEnum = publishEnum<CallEventMatch>(
  'CallEventMatch',
  'Whether the call of an event has been found.',
  {
    MATCHED: 'Found: the metadata was applied to the call, or to calls of the group.',
    PENDING:
      'Not found yet: the event waits for its call. If thousands wait for one call or rule, they are applied in steps, some a little later.',
    AMBIGUOUS: 'A match rule found several candidates: a person must decide.',
    TOO_LARGE:
      'Its patch would exceed the metadata limit of the call: the event is stored but not applied. An event for a group is TOO_LARGE only if it fits no call of the group; once it fits one it is MATCHED, and skips the calls that it does not fit.',
    DISMISSED:
      'A person withdrew it: its metadata does not count, and it waits no more. assignCallEvent takes it up again.',
  },
);

export const MatchCallFieldEnum = publishEnum<MatchCallField>(
  'MatchCallField',
  "The field of a call that a match rule compares with the event's value.",
  {
    FROM: 'The calling number or address; different spellings of a number are equal.',
    TO: 'The called number or address; different spellings of a number are equal.',
    CUSTOMER_NUMBER: "The outside party's number; different spellings of a number are equal.",
    REFERENCE: 'The value of any reference.',
    METADATA: "The value at `callMetadataPath` in the call's metadata.",
  },
);
