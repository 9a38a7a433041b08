import { Field, ID, ObjectType } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { CallChange } from '../changes/call-change.type.js';
import { publishEnum } from '../graphql/publish-enum.js';
import type { CallTransition } from './call-transition.values.js';

export const CallTransitionEnum = publishEnum<CallTransition>(
  'CallTransition',
  'How a call stands to the filter of a subscription after a change.',
  {
    ENTERED:
      'The filter finds the call, and did not find it just before the change. A list may have it already, for the filter is asked about the call as it is now.',
    STILL: 'The filter finds the call, and found it just before the change.',
    LEFT: 'The filter no longer finds the call.',
  },
);

@ObjectType({
  simpleResolvers: true,
  description:
    "What one change means for a list of calls. It has no id: a client's cache keeps the call and the change under theirs.",
})
export class CallUpdate {
  @Field(() => String, {
    description: "The change's position in the log, for `after` of all subscriptions to calls.",
  })
  cursor!: string;

  @Field(() => CallChange, { description: 'The change itself.' })
  change!: CallChange;

  @Field(() => CallTransitionEnum, {
    description: 'How the call stands to the filter. Always STILL in callUpdated, but for ERASED.',
  })
  transition!: CallTransition;

  @Field(() => Call, {
    description:
      'The call as it is now. Where a joined record leaves: that record, under its own id and without the data that moved to the other call. For ERASED: its id alone, with empty values.',
  })
  call!: Call;

  @Field(() => ID, {
    nullable: true,
    description:
      'The id of the record that this change removed from every list, e.g. `call_01h2xcejqtf2nbrexx3vqjhp41`: drop it from the cache. An erasure sends it to every subscriber, whatever the filter. A join sends it with the record that leaves and with the call that it was joined into. Null for all other changes.',
  })
  removedCallId!: string | null;
}
