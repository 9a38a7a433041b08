import { Arg, Authorized, Ctx, Query, Resolver, Root, Subscription } from 'type-graphql';
import { CallLocator, checkCallLocator, toCallTarget } from '../calls/call.input.js';
import { checkCallFilter, toCallFilter } from '../calls/filter/call-filter.checks.js';
import { CallFilterInput } from '../calls/filter/call-filter.input.js';
import { whenSearchable } from '../calls/filter/search.checks.js';
import { CallChange } from '../changes/call-change.type.js';
import { AwaitedChanges } from '../graphql/awaited-changes.js';
import { badInputIf, notFound } from '../graphql/bad-input.js';
import type { Context } from '../graphql/context.js';
import type { LogCursors } from '../graphql/log-cursors.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/identity.enums.js';
import type { LiveChange } from './change-batch.js';

export const AFTER =
  'A cursor: everything that came after it comes first, so that a reconnect loses nothing; CURSOR_LOST where that was pruned, or a restore has undone what it stands for. Without it, what comes from now on.';

interface SubscribeOptions<Args> {
  args: Args & { after?: string | null };
  context: Context;
}

const positionOf = (after: string | null | undefined, { position }: LogCursors) =>
  after == null ? null : position(after, 'after');

export async function awaitedCall({
  args,
  context: { viewer, services, logCursors },
}: SubscribeOptions<{ call: CallLocator }>) {
  const after = positionOf(args.after, logCursors);
  badInputIf(checkCallLocator(args.call, ['call']));
  const callId = await notFound(services.live.recordOf(viewer, toCallTarget(args.call, ['call'])));
  return new AwaitedChanges({ callId, filter: null }, after);
}

export function awaitedCalls({
  args,
  context: { services, viewer, logCursors },
}: SubscribeOptions<{ filter?: CallFilterInput | null }>) {
  const after = positionOf(args.after, logCursors);
  badInputIf(checkCallFilter(args.filter, ['filter'], services.limits));
  const filter = toCallFilter(args.filter);
  return whenSearchable(
    filter,
    services.calls,
    viewer,
    () => new AwaitedChanges({ callId: null, filter: Object.keys(filter).length > 0 ? filter : null }, after),
  );
}

@Resolver()
export class LiveResolver {
  @Authorized<Scope>('CALLS_READ')
  @Query(() => String, {
    nullable: true,
    description: text`
      The present end of the change log, read before anything else in this request. A subscription with \`after\` set to
      it misses nothing that this answer did not have; a change may come once more.

      \`\`\`graphql
      { changeCursor calls(filter: { status: [RINGING] }) { nodes { id status } } }
      \`\`\`
    `,
  })
  async changeCursor(@Ctx() { end, services, viewer, logCursors }: Context) {
    return logCursors.of(end ?? (await services.live.end(viewer.account)));
  }

  @Authorized<Scope>('CALLS_READ')
  @Subscription(() => CallChange, {
    description: text`
      One call's effective changes, in the order of revision, with the call as it is now. With \`after\`, everything since
      comes first: a reconnect loses nothing. The id of a call that was joined into another subscribes to that one; what
      happened to each of the two before comes in the order of its own revisions.

      \`\`\`graphql
      subscription { callChanged(call: { id: "call_…" }) { cursor kind revision newValues call { status } } }
      \`\`\`
    `,
    subscribe: awaitedCall,
  })
  callChanged(
    @Root() change: LiveChange,
    @Arg('call', () => CallLocator, { description: 'Which call.' }) _call: CallLocator,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after: string | null,
  ): CallChange {
    return change;
  }

  @Authorized<Scope>('CALLS_READ')
  @Subscription(() => CallChange, {
    description: text`
      The organization's effective changes of calls that the filter finds now, or found just before the change (its old
      values and those of the call's later changes put back): per call in the order of revision, across calls in one order
      that is the same for every reader. A call that leaves the filter is sent once, with \`matches: false\`. A record
      that was joined into another call leaves under its own id: a JOINED with \`matches: false\` comes before the call's.

      \`\`\`graphql
      subscription {
        callsChanged(filter: { status: [RINGING, IN_PROGRESS] }) { cursor kind matches call { id status } }
      }
      \`\`\`
    `,
    subscribe: awaitedCalls,
  })
  callsChanged(
    @Root() change: LiveChange,
    @Arg('filter', () => CallFilterInput, { nullable: true, description: 'Which calls; all if left out.' })
    _filter: CallFilterInput | null,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after: string | null,
  ): CallChange {
    return change;
  }
}
