import { GraphQLError } from 'graphql';
import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Call } from '../../calls/call.type.js';
import { badInputIf, badUserInput, uuidArgument } from '../../graphql/bad-input.js';
import { PageArgs, parsePage, toConnection } from '../../graphql/connection.js';
import type { Context } from '../../graphql/context.js';
import { encodeCursor, listKind, uuidPosition } from '../../graphql/cursor.js';
import type { Scope } from '../../identity/identity.enums.js';
import { VendorAccount } from '../account/vendor-account.type.js';
import type { ShownMessage } from './inbound-message.queries.js';
import type { WrongMessage } from './inbound-message.service.js';
import { InboundMessage, InboundMessageConnection } from './inbound-message.type.js';
import {
  checkInboundMessageFilter,
  InboundMessageFilterInput,
  toInboundMessageFilter,
} from './inbound-message-filter.input.js';
import { withoutSignatures } from './signed-addresses.js';

const MOST = 500;

@Resolver(() => InboundMessage)
export class InboundMessageResolver {
  @Authorized<Scope>('ADMIN')
  @Query(() => InboundMessageConnection, {
    nullable: true,
    description:
      "The webhooks that came to the organization's vendor accounts, newest first; at most 200 per page, 50 if neither first nor last is given. One that was not processed yet is not among them. Requires ADMIN. E.g. `{ inboundMessages(filter: { state: [FAILED, UNMATCHED, UNRECOGNISED] }) { nodes { id state reason body call { id } } totalCount } }`.",
  })
  inboundMessages(
    @Arg('filter', () => InboundMessageFilterInput, {
      nullable: true,
      description: 'Which webhooks to return; all if omitted.',
    })
    given: InboundMessageFilterInput | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders }, services, viewer }: Context,
  ) {
    badInputIf(checkInboundMessageFilter(given, ['filter']));
    const filter = toInboundMessageFilter(given);
    const kind = listKind('inbound-messages', { ...filter });
    const page = parsePage(args, uuidPosition(kind));
    return toConnection(
      () => loaders.inboundMessagesPage.load(filter, page),
      ({ id }) => encodeCursor(kind, id),
      () => services.inboundMessages.count(viewer, filter),
    );
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => [InboundMessage], {
    nullable: true,
    description:
      'Processes webhooks anew, whatever became of them: after an upgrade, with a new signing key, or once their call is there. All or none. Their state changes when that is done. A malformed id, one without its body (after RETAIN_BODIES, 30 days), or one of a deleted account is BAD_USER_INPUT, an unknown one NOT_FOUND. E.g. `mutation { replayInboundMessages(ids: ["inbound_message_…"]) { id state } }`.',
  })
  async replayInboundMessages(
    @Arg('ids', () => [ID], { description: 'The ids, at most 500.' }) ids: string[],
    @Ctx() { reads: { loaders }, services, viewer }: Context,
  ) {
    if (ids.length > MOST) throw badUserInput(`ids may have at most ${MOST} items, not ${ids.length}.`);
    const uuids = ids.map((id, index) => uuidArgument('inbound_message', id, `ids.${index}`));
    const [wrong] = await services.inboundMessages.replay(viewer, uuids);
    if (wrong !== undefined) throw refusalOf(wrong, ids);
    return Promise.all(uuids.map((id) => loaders.inboundMessageById.load(id)));
  }

  @FieldResolver(() => VendorAccount, {
    description: 'Where it came to, also if that account was deleted since.',
  })
  account(@Root() { accountId }: ShownMessage, @Ctx() { reads: { loaders } }: Context) {
    return loaders.vendorAccountById.load(accountId);
  }

  @FieldResolver(() => Call, { nullable: true, description: 'The call that it is about, as far as known.' })
  call(@Root() { callId }: ShownMessage, @Ctx() { reads: { loaders } }: Context) {
    return callId === null ? null : loaders.callById.load(callId);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'What came, as text: what is not UTF-8 is shown as U+FFFD, and pre-signed addresses are shown without their query. Kept for RETAIN_BODIES (30 days), then null.',
  })
  async body(@Root() { id }: ShownMessage, @Ctx() { reads: { loaders } }: Context) {
    const body = (await loaders.bodyOfInboundMessage.load(id))?.body ?? null;
    return body === null ? null : withoutSignatures(body).toString();
  }
}

function refusalOf({ place, problem }: WrongMessage, ids: string[]): GraphQLError {
  if (problem === 'UNKNOWN') {
    const message = `ids.${place}: Inbound message with id ${ids[place]} not found in your organization`;
    return new GraphQLError(message, { extensions: { code: 'NOT_FOUND' } });
  }
  return badUserInput(
    problem === 'FORGOTTEN'
      ? `ids.${place}: the body of the message is not kept any more.`
      : `ids.${place}: the vendor account of the message is deleted.`,
  );
}
