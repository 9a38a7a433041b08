import { Field, InputType } from 'type-graphql';
import { CallLocator } from '../calls/call.input.js';
import { CallGroupInput } from '../calls/call-group.type.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { DateTime } from '../graphql/scalars.js';
import { text } from '../graphql/text.js';

@InputType({ description: 'What an event is about: exactly one member.' })
export class CallEventTarget {
  @Field(() => String, {
    nullable: true,
    description:
      "Creovai's `sessionId`; the call's reference CREOVAI `sessionId`. 1 to 500 characters. An unknown one is waited for.",
  })
  sessionId?: string;

  @Field(() => CallLocator, {
    nullable: true,
    description: 'A call. An unknown id is NOT_FOUND, an unknown reference is waited for.',
  })
  call?: CallLocator;

  @Field(() => CallGroupInput, {
    nullable: true,
    description:
      'A group: the event is applied to all its calls, and to each that joins later. A group without calls is waited for.',
  })
  group?: CallGroupInput;
}

@InputType({
  description: text`
    Metadata that arrives beside the call. An unknown reference or sessionId, and a group without calls, wait as PENDING.
    Without a target the oldest match rule that has a candidate decides: one candidate is MATCHED, several are AMBIGUOUS,
    none is PENDING. What would take its call's metadata past its limit is TOO_LARGE, and does not count.
  `,
})
export class RecordCallEventInput {
  @Field(() => CallEventTarget, {
    nullable: true,
    description: 'What it is about. Left out or null: the match rules find the call.',
  })
  target?: CallEventTarget | null;

  @Field(() => String, {
    nullable: true,
    description:
      'An id of your own, 1 to 500 characters, that makes repeating safe: a second event with the same one is the first, unchanged.',
  })
  eventId?: string | null;

  @Field(() => DateTime, {
    description:
      'When it happened: the time that its metadata counts for, whatever the order of arrival. More than five minutes ahead is INVALID. Creovai: `EventTime`.',
  })
  eventTime!: Date;

  @Field(() => JSONObject, {
    description:
      "A merge patch (RFC 7396): nested objects merge, null removes. By default at most 256 KiB and 32 levels (LIMIT_EXCEEDED), as for what becomes of a call's metadata (the event is kept as TOO_LARGE). Creovai: `Metadata`.",
  })
  metadata!: JsonObject;
}
