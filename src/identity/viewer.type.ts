import { Field, ID, ObjectType } from 'type-graphql';
import { Node } from '../graphql/node.type.js';
import { publishEnum } from '../graphql/publish-enum.js';
import type { ActorKind, ActorType, Scope } from './identity.enums.js';

export const ActorKindEnum = publishEnum<ActorKind>(
  'ActorKind',
  "What kind of key or token is asking: vcita's three token kinds.",
  {
    STAFF:
      'A staff member; a signed-in person always is one. It writes a voice call only if the stored record and the new one are both its own ' +
      '(`staffUid` or `handledByStaffUid` is its staffUid), and joins two records only if their voice calls are its own; else FORBIDDEN.',
    APP: 'An application that acts for the organization.',
    DIRECTORY: 'A directory that runs the organization.',
  },
);

export const ActorTypeEnum = publishEnum<ActorType>(
  'ActorType',
  'What an `actor` has signed in with. Names alone do not tell: a person and a key may bear the same one.',
  {
    API_KEY: 'An API key, of whichever kind.',
    PERSON: "A person, with a token of the organization's issuer.",
    VENDOR_ACCOUNT: 'The connector of a vendor account: the vendor itself has reported the change.',
  },
);

export const ScopeEnum = publishEnum<Scope>(
  'Scope',
  'What a key or token may do. Every write scope includes CALLS_READ; a missing one is FORBIDDEN, and the message names it.',
  {
    CALLS_READ:
      'All queries and subscriptions but those of ADMIN, and nothing of match rules elsewhere; `viewer` needs no scope.',
    CALLS_WRITE: 'upsertCall, upsertCalls and updateCall with all that they carry, joinCalls and hangUpCall.',
    METADATA_WRITE: 'mergeCallMetadata and mergeCallsMetadata.',
    EVENTS_WRITE:
      "recordCallEvent, recordCallEvents, assignCallEvent and dismissCallEvent; Creovai's AsyncMetaData role.",
    VOICE_CALLS_WRITE:
      'createVoiceCall, updateVoiceCall, patchVoiceCall and patchVoiceCalls, also where a call is made by them.',
    CALL_FLOWS_WRITE: 'replaceCallFlow and recordCallFlowProgress.',
    ADMIN:
      'Everything, and alone match rules, vendor accounts, deliveries, inbound messages, imports and erasures.',
  },
);

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'The tenant. A key belongs to one organization and sees nothing of any other.',
})
export class Organization extends Node {
  @Field(() => String, { description: 'Its short name in commands and addresses, e.g. `acme`.' })
  slug!: string;

  @Field(() => String, { description: 'Its name, for people.' })
  name!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Who is asking: one API key or one signed-in person.',
})
export class Viewer {
  @Field(() => ID, {
    description:
      "A key's id, e.g. `api_key_01h2xcejqtf2nbrexx3vqjhp41`, or a person's, e.g. `person_01h2xcejqtf2nbrexx3vqjhp41`: the same with each of a person's tokens. For clients' caches; `node` does not read it.",
  })
  id!: string;

  @Field(() => Organization, { description: 'The organization whose calls are read and written.' })
  organization!: Organization;

  @Field(() => ActorKindEnum, { description: 'What kind of key or token it is.' })
  kind!: ActorKind;

  @Field(() => String, { description: "The key's or person's name; the history shows it as `actor`." })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The staff member whose key or token it is (vcita: `staff_uid`); null unless kind is STAFF.',
  })
  staffUid!: string | null;

  @Field(() => [ScopeEnum], { description: 'What it may do.' })
  scopes!: Scope[];
}
