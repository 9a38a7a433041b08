import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../graphql/context.js';
import { ReplaceCallFlowPayload } from './call-flow.payload.js';
import { CallFlow } from './call-flow.type.js';

@Resolver(() => ReplaceCallFlowPayload)
export class SupersededCallFlowResolver {
  @FieldResolver(() => CallFlow, {
    nullable: true,
    description: 'The flow that was active before, now SUPERSEDED; null if there was none, and on refusal.',
  })
  async superseded(
    @Root() { callFlow, errors }: ReplaceCallFlowPayload & { callFlow?: { callId: string } | null },
    @Ctx() { reads: { loaders } }: Context,
  ) {
    if (callFlow == null || errors.length > 0) return null;
    const { callId: owner, revision } = callFlow;
    const page = { limit: 1, forward: true, after: revision, before: null };
    const { rows } = await loaders.callFlowsPage.load({ owner, page });
    return rows[0] ?? null;
  }
}
