import { Field, InputType } from 'type-graphql';
import { CallLocator } from '../calls/call.input.js';
import { CallGroupInput } from '../calls/group/call-group.type.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { DateTime } from '../graphql/scalars.js';
import { text } from '../graphql/text.js';

@InputType({ description: 'What an event refers to: give exactly one member.' })
export class CallEventTarget {
  @Field(() => String, {
    nullable: true,
    description:
      "Creovai's `sessionId`, the call's reference CREOVAI `sessionId`; 1 to 500 characters. If it is unknown, the event waits for it.",
  })
  sessionId?: string;

  @Field(() => CallLocator, {
    nullable: true,
    description: 'A call. An unknown id is NOT_FOUND; if a reference is unknown, the event waits for it.',
  })
  call?: CallLocator;

  @Field(() => CallGroupInput, {
    nullable: true,
    description:
      'A group: the event is applied to all its calls, including those added later. If it has no calls, the event waits for one.',
  })
  group?: CallGroupInput;
}

@InputType({
  description: text`
    Metadata that arrives separately from its call. An event for an unknown reference or sessionId, or for a group
    without calls, waits as PENDING. Without a target the oldest match rule with a candidate decides: one candidate is
    MATCHED, several are AMBIGUOUS, none is PENDING. An event that would exceed the call's metadata limit is TOO_LARGE
    and is not applied.
  `,
})
export class RecordCallEventInput {
  @Field(() => CallEventTarget, {
    nullable: true,
    description: 'What the event refers to. If omitted or null, the match rules find the call.',
  })
  target?: CallEventTarget | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Your own id, 1 to 500 characters, which makes retries safe: a second event with the same id returns the first, unchanged.',
  })
  eventId?: string | null;

  @Field(() => DateTime, {
    description:
      'When it happened. The metadata takes effect at this time, whatever the order of arrival. More than five minutes in the future is INVALID. Creovai: `EventTime`.',
  })
  eventTime!: Date;

  @Field(() => JSONObject, {
    description:
      "A merge patch (RFC 7396): nested objects merge, null removes. By default at most 256 KiB and 32 levels (LIMIT_EXCEEDED). If the call's metadata would exceed the same limits, the event is kept as TOO_LARGE. Creovai: `Metadata`.",
  })
  metadata!: JsonObject;
}
