import { Field, ObjectType } from 'type-graphql';
import type { UserErrorCode } from '../foundation/refusal.js';
import { JSONObject, type JsonObject } from './json-object.js';
import { publishEnum } from './publish-enum.js';

export const UserErrorCodeEnum = publishEnum<UserErrorCode>('UserErrorCode', 'Why a mutation was refused.', {
  NOT_FOUND:
    "An id or reference names nothing in your organization; another organization's things count as absent.",
  REVISION_CONFLICT:
    'The expected revision is not the present one: another client was faster. The payload carries the present object.',
  INVALID: 'An argument is out of range, malformed, empty or null where it may not be; `path` leads to it.',
  LIMIT_EXCEEDED:
    "A limit would be exceeded, e.g. that of a call's metadata (by default 256 KiB and 32 levels); `details` says which.",
  ALREADY_EXISTS:
    'There is one already; the payload carries it. A repeated webhook can take this for success.',
  REFERENCE_CONFLICT: 'The references given belong to two different calls; `details` names them.',
  CALL_ENDED: 'The call has a terminal status. The payload carries the call.',
});

@ObjectType({
  simpleResolvers: true,
  description:
    'An expected refusal: nothing was written. Sign-in and scope failures, malformed requests and faults are GraphQL errors instead.',
})
export class UserError {
  @Field(() => UserErrorCodeEnum, { description: 'Why, for programs.' })
  code!: UserErrorCode;

  @Field(() => String, { description: 'Why, for people. Its wording may change; decide by `code`.' })
  message!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'The argument at fault, list positions counted from 0, e.g. `["commands", "3", "bridge", "ringTimeout"]`; null where no single argument is.',
  })
  path!: string[] | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'For REFERENCE_CONFLICT the `calls` in the way, as ids: joinCalls makes them one. For REVISION_CONFLICT the `present` and the `expected` revision; for LIMIT_EXCEEDED the `limit` and what was `found`. Otherwise null.',
  })
  details!: JsonObject | null;
}
