import { Field, InputType, ObjectType } from 'type-graphql';

const CONTACT = 'A party as a contact of the vendor. Bird: `originator.contact`, `receiver.contact`.';

@ObjectType({ simpleResolvers: true, description: CONTACT })
@InputType('CallContactInput', { description: CONTACT })
export class CallContact {
  @Field(() => String, { nullable: true, description: "The vendor's id of the contact. Bird: `contact.id`." })
  contactId!: string | null;

  @Field(() => String, { nullable: true, description: 'What identifies the contact, e.g. `phonenumber`.' })
  identifierKey!: string | null;

  @Field(() => String, { nullable: true, description: 'The value of `identifierKey`, e.g. `+351910648518`.' })
  identifierValue!: string | null;
}

const NUMBER = 'A party as a number. Bird: `originator.number`, `receiver.number`.';

@ObjectType({ simpleResolvers: true, description: NUMBER })
@InputType('CallNumberInput', { description: NUMBER })
export class CallNumber {
  @Field(() => String, {
    nullable: true,
    description: "The kind of number in the vendor's words, e.g. `pstn`.",
  })
  type!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The number as the vendor gave it, e.g. `+351910648518`.',
  })
  number!: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the party withholds its number.' })
  anonymous!: boolean | null;

  @Field(() => String, { nullable: true, description: 'The name shown to the called party, e.g. `Jose G`.' })
  callerIdName!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The identity asserted by the network, e.g. a SIP identity.',
  })
  identity!: string | null;

  @Field(() => String, { nullable: true, description: 'The country in ISO 3166-1 alpha-2 form, e.g. `PT`.' })
  countryIsoCode!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The kind of telephone line in the vendor's words, e.g. `mobile`.",
  })
  pstnNumberType!: string | null;
}

const PARTICIPANT = 'A party of a call, as a contact, a number or both. Bird: `originator`, `receiver`.';

@ObjectType({ simpleResolvers: true, description: PARTICIPANT })
@InputType('CallParticipantInput', { description: `${PARTICIPANT} Replaced as a whole.` })
export class CallParticipant {
  @Field(() => CallContact, { nullable: true, description: 'The party as a contact of the vendor.' })
  contact!: CallContact | null;

  @Field(() => CallNumber, { nullable: true, description: 'The party as a number.' })
  number!: CallNumber | null;
}
