import { Arg, Authorized, Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import { CallLocator } from '../calls/call.input.js';
import { CallFilterInput } from '../calls/filter/call-filter.input.js';
import { erasedCall } from '../changes/call-change.resolver.js';
import { removedRecord } from '../changes/change-kind.js';
import type { Context } from '../graphql/context.js';
import { encodeId } from '../graphql/ids.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/identity.enums.js';
import { CallUpdate } from './call-update.type.js';
import type { LiveChange } from './change-batch.js';
import { AFTER, awaitedCall, awaitedCalls } from './live.resolver.js';

@Resolver(() => CallUpdate)
export class CallUpdateResolver {
  @Authorized<Scope>('CALLS_READ')
  @Subscription(() => CallUpdate, {
    description: text`
      What keeps a list of calls right: the same changes as callsChanged sends, each with how the call stands to the filter
      and with the record that left every list. Read \`changeCursor\` with the list, and begin \`after\` it.

      \`\`\`graphql
      subscription {
        callUpdates(filter: { status: [RINGING, IN_PROGRESS] }) {
          cursor transition removedCallId call { id status from to }
        }
      }
      \`\`\`
    `,
    subscribe: awaitedCalls,
  })
  callUpdates(
    @Root() change: LiveChange,
    @Arg('filter', () => CallFilterInput, { nullable: true, description: 'Which calls; all if left out.' })
    _filter: CallFilterInput | null,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after: string | null,
  ): CallUpdate {
    return change as unknown as CallUpdate;
  }

  @Authorized<Scope>('CALLS_READ')
  @Subscription(() => CallUpdate, {
    description: text`
      The same changes as callChanged sends, in the form of callUpdates: one call, in the order of revision.

      \`\`\`graphql
      subscription { callUpdated(call: { id: "call_…" }) { cursor change { kind } call { id status revision } } }
      \`\`\`
    `,
    subscribe: awaitedCall,
  })
  callUpdated(
    @Root() change: LiveChange,
    @Arg('call', () => CallLocator, { description: 'Which call.' }) _call: CallLocator,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after: string | null,
  ): CallUpdate {
    return change as unknown as CallUpdate;
  }

  @FieldResolver()
  cursor(@Root() change: LiveChange, @Ctx() { logCursors }: Context) {
    return logCursors.of(change);
  }

  @FieldResolver()
  change(@Root() change: LiveChange) {
    return change;
  }

  @FieldResolver()
  async call(@Root() change: LiveChange, @Ctx() { reads: { loaders } }: Context) {
    if (change.kind === 'ERASED') return erasedCall(change);
    const isGone = change.transition === 'LEFT' && removedRecord(change) === change.callId;
    const call = await (isGone ? loaders.callRecordById : loaders.callById).load(change.callId);
    return call ?? erasedCall(change);
  }

  @FieldResolver()
  removedCallId(@Root() change: LiveChange) {
    const removed = removedRecord(change);
    return removed === null ? null : encodeId('call', removed);
  }
}
