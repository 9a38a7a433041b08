import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { CallLocator, toCallTarget } from '../../calls/call.input.js';
import { refuseIf } from '../../foundation/refusal.js';
import type { Context } from '../../graphql/context.js';
import { settle } from '../../graphql/errors.js';
import { encodeId } from '../../graphql/ids.js';
import { text } from '../../graphql/text.js';
import type { Scope } from '../../identity/identity.enums.js';
import { checkCustomerNumber } from './erase.checks.js';
import { EraseCallPayload, EraseCustomerPayload } from './erase.payload.js';
import { MOST_CALLS } from './erase.service.js';

@Resolver()
export class EraseResolver {
  @Authorized<Scope>('ADMIN')
  @Mutation(() => EraseCallPayload, {
    nullable: true,
    description: text`
      Erases a call for good: its row, references, groups, events that only it had, voice call, flows, log, deliveries,
      recordings, transcripts and vendors' messages. What stays is one entry of kind ERASED in the log, with the id, who and
      when, which subscribers are sent; for each record that was joined into the call too. Vendors are sent nothing. Its ids
      return null or NOT_FOUND from then on. If a vendor reports it again, that makes a new call. Requires ADMIN. E.g.
      \`mutation { eraseCall(call: { id: "call_…" }) { erasedCallId errors { code } } }\`.
    `,
  })
  eraseCall(
    @Arg('call', () => CallLocator, { description: 'The call, by its id or by a reference.' })
    call: CallLocator,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      const erased = await services.erase.eraseCall(viewer, toCallTarget(call, ['call']));
      return { erasedCallId: encodeId('call', erased) };
    });
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => EraseCustomerPayload, {
    nullable: true,
    description: text`
      Erases each call whose customerNumber, from or to is this number, however it is written, as eraseCall does; at most
      10,000 in a request (LIMIT_EXCEEDED, after these are gone: repeat it). Also erases events that no call has and vendors'
      messages that name the number. Safe to repeat. A withheld number is INVALID. Requires ADMIN. E.g. \`mutation {
      eraseCustomer(number: "+15551234567") { erasedCalls errors { code } } }\`.
    `,
  })
  async eraseCustomer(
    @Arg('number', () => String, {
      description: "The customer's number, or another address such as a SIP URI.",
    })
    number: string,
    @Ctx() { services, viewer }: Context,
  ) {
    const settled = await settle(async () => {
      refuseIf(checkCustomerNumber(number, ['number']));
      return services.erase.eraseCustomer(viewer, number.trim());
    });
    const { erased = 0, left = 0, errors } = settled;
    if (left === 0) return { erasedCalls: erased, errors };
    const message = `${left} calls of this number are left; repeat the request.`;
    const details = { limit: MOST_CALLS, found: erased + left };
    return { erasedCalls: erased, errors: [{ code: 'LIMIT_EXCEEDED', message, path: ['number'], details }] };
  }
}
