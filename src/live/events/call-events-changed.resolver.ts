import { Arg, Authorized, Resolver, Root, Subscription } from 'type-graphql';
import type { ShownEvent } from '../../events/call-event.queries.js';
import { CallEvent } from '../../events/call-event.type.js';
import {
  CallEventFilterInput,
  checkCallEventFilter,
  toCallEventFilter,
} from '../../events/call-event-filter.input.js';
import { AwaitedRows } from '../../graphql/awaited-rows.js';
import { badInputIf } from '../../graphql/bad-input.js';
import { text } from '../../graphql/text.js';
import type { Scope } from '../../identity/identity.enums.js';

interface SubscribeOptions {
  args: { filter?: CallEventFilterInput | null };
}

@Resolver()
export class CallEventsChangedResolver {
  @Authorized<Scope>('CALLS_READ')
  @Subscription(() => CallEvent, {
    description: text`
      The organization's events as they come and are decided, if the filter finds them then. One that waited as PENDING or
      AMBIGUOUS where the filter found it is sent once more when it is decided, so that it leaves an inbox. Only the newest
      state of each is sent: states that follow quickly, and those that a slow client has missed, are passed over. It has
      no cursor: after a cut, read what was missed by callEvents.

      \`\`\`graphql
      subscription {
        callEventsChanged(filter: { match: [PENDING, AMBIGUOUS] }) { id match eventTime metadata }
      }
      \`\`\`
    `,
    subscribe({ args: { filter } }: SubscribeOptions) {
      badInputIf(checkCallEventFilter(filter, ['filter']));
      return new AwaitedRows({ rows: 'events', interest: toCallEventFilter(filter) });
    },
  })
  callEventsChanged(
    @Root() event: ShownEvent,
    @Arg('filter', () => CallEventFilterInput, {
      nullable: true,
      description: 'Which events; all if left out.',
    })
    _filter: CallEventFilterInput | null,
  ): CallEvent {
    return event as unknown as CallEvent;
  }
}
