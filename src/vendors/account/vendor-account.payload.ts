import { Field, ID, ObjectType } from 'type-graphql';
import { UserError } from '../../graphql/user-error.type.js';
import { VendorAccount } from './vendor-account.type.js';

const ERRORS = 'Why nothing was written; empty on success.';

@ObjectType({
  simpleResolvers: true,
  description: 'The result of createVendorAccount and updateVendorAccount.',
})
export class VendorAccountPayload {
  @Field(() => VendorAccount, {
    nullable: true,
    description:
      'The account as it is now; with ALREADY_EXISTS the one that has the name. Null on any other refusal.',
  })
  vendorAccount?: VendorAccount | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The result of deleteVendorAccount.' })
export class DeleteVendorAccountPayload {
  @Field(() => ID, {
    nullable: true,
    description:
      'The id of the deleted account, e.g. `vendor_account_01h2xcejqtf2nbrexx3vqjhp41`; null on refusal.',
  })
  id?: string | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({
  simpleResolvers: true,
  description: "The result of testVendorAccount: one harmless request with the account's credentials.",
})
export class TestVendorAccountPayload {
  @Field(() => Boolean, { description: 'Whether the vendor accepted the credentials.' })
  ok!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'What the vendor answered, for people; null on refusal.',
  })
  message?: string | null;

  @Field(() => [UserError], { description: 'Why no request was made; empty if one was.' })
  errors!: UserError[];
}
