import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm';
import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { fromUUID } from 'typeid-js';
import { db } from './db.js';
import { uuidOf } from './ids.js';
import { CallFilter } from './inputs.js';
import type { Context } from './loaders.js';
import { ORGANIZATION_ID } from './settings.js';
import { calls } from './tables.js';
import { Call, CallConnection, CallEvent, CallFlow, CallFlowCommand, VoiceCall } from './types.js';

interface Row {
  id: string;
}

@Resolver(() => Call)
export class CallResolver {
  @Query(() => Call, { nullable: true })
  call(@Arg('id', () => ID) id: string, @Ctx() { loaders }: Context) {
    return loaders.callById.load(uuidOf(id));
  }

  @Query(() => CallConnection)
  async calls(
    @Arg('first', () => Int, { defaultValue: 50 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Arg('filter', () => CallFilter, { nullable: true }) filter: CallFilter | null,
  ) {
    const contains = filter?.metadata?.contains;
    const nodes = await db
      .select()
      .from(calls)
      .where(
        and(
          eq(calls.organizationId, ORGANIZATION_ID),
          isNull(calls.joinedInto),
          after == null ? undefined : lt(calls.id, uuidOf(after)),
          contains && sql`${calls.metadata} @> ${JSON.stringify(contains)}::text::jsonb`,
        ),
      )
      .orderBy(desc(calls.id))
      .limit(first);
    return { nodes };
  }

  @FieldResolver(() => ID)
  id(@Root() call: Row) {
    return fromUUID(call.id, 'call');
  }

  @FieldResolver(() => VoiceCall, { nullable: true })
  voiceCall(@Root() call: Row, @Ctx() { loaders }: Context) {
    return loaders.voiceCallByCallId.load(call.id);
  }

  @FieldResolver(() => CallFlow, { nullable: true })
  callFlow(@Root() call: Row, @Ctx() { loaders }: Context) {
    return loaders.callFlowByCallId.load(call.id);
  }
}

@Resolver(() => VoiceCall)
export class VoiceCallResolver {
  @FieldResolver(() => ID)
  id(@Root() voiceCall: Row) {
    return fromUUID(voiceCall.id, 'voice_call');
  }
}

@Resolver(() => CallFlow)
export class CallFlowResolver {
  @FieldResolver(() => ID)
  id(@Root() callFlow: Row) {
    return fromUUID(callFlow.id, 'call_flow');
  }

  @FieldResolver(() => [CallFlowCommand])
  commands(@Root() callFlow: Row, @Ctx() { loaders }: Context) {
    return loaders.commandsByFlowId.load(callFlow.id);
  }
}

@Resolver(() => CallFlowCommand)
export class CallFlowCommandResolver {
  @FieldResolver(() => ID)
  id(@Root() command: Row) {
    return fromUUID(command.id, 'call_flow_command');
  }
}

@Resolver(() => CallEvent)
export class CallEventResolver {
  @FieldResolver(() => ID)
  id(@Root() event: Row) {
    return fromUUID(event.id, 'call_event');
  }
}
