import { Authorized, Field, ObjectType } from 'type-graphql';
import type { CallSystem } from '../../calls/call.enums.js';
import { CallSystemEnum } from '../../calls/call-enums.type.js';
import { JSONObject, type JsonObject } from '../../graphql/json-object.js';
import { Node } from '../../graphql/node.type.js';
import { DateTime, Url } from '../../graphql/scalars.js';
import type { Scope } from '../../identity/identity.enums.js';

/** A simple field would not be guarded: `simple: false`. */
@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    "An organization's account at a vendor: where changes of its calls go. Its secrets are never shown. Without ADMIN, deliveries of a call show its id, system, name and state; the rest is FORBIDDEN.",
})
export class VendorAccount extends Node {
  @Field(() => CallSystemEnum, { description: 'The vendor.' })
  system!: CallSystem;

  @Field(() => String, { description: 'Unique in the organization.' })
  name!: string;

  @Authorized<Scope>('ADMIN')
  @Field(() => Url, {
    simple: false,
    description: "The URL that all requests to the vendor's API lie below.",
  })
  baseUrl!: string;

  @Authorized<Scope>('ADMIN')
  @Field(() => JSONObject, {
    simple: false,
    description:
      "What the account has beside its secrets, e.g. Bird's `workspaceId` or vcita's `businessUid`; without what was never given.",
  })
  settings!: JsonObject;

  @Authorized<Scope>('ADMIN')
  @Field(() => Boolean, {
    simple: false,
    description: 'Whether changes are delivered to it.',
  })
  sends!: boolean;

  @Authorized<Scope>('ADMIN')
  @Field(() => Boolean, {
    simple: false,
    description: 'Whether its webhooks and imports are taken in.',
  })
  receives!: boolean;

  @Authorized<Scope>('ADMIN')
  @Field(() => DateTime, {
    simple: false,
    nullable: true,
    description: 'When its secrets expire; null if they do not, as far as the vendor says.',
  })
  secretExpiresAt!: Date | null;

  @Authorized<Scope>('ADMIN')
  @Field(() => DateTime, {
    simple: false,
    description: 'When it was created.',
  })
  createdAt!: Date;

  @Authorized<Scope>('ADMIN')
  @Field(() => DateTime, {
    simple: false,
    description: 'When it was last changed by hand; deliveries do not count.',
  })
  updatedAt!: Date;
}
