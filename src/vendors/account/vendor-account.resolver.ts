import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { VendorAccountRow } from '../../db/tables/vendor-accounts.js';
import { refuseIf } from '../../foundation/refusal.js';
import type { Context } from '../../graphql/context.js';
import { settle } from '../../graphql/errors.js';
import { encodeId, uuidOf } from '../../graphql/ids.js';
import { checkId } from '../../graphql/input-checks.js';
import { DateTime, Url } from '../../graphql/scalars.js';
import type { Scope } from '../../identity/identity.enums.js';
import {
  CreateVendorAccountInput,
  checkAccount,
  toAccountChange,
  toNewAccount,
  UpdateVendorAccountInput,
} from './vendor-account.input.js';
import {
  DeleteVendorAccountPayload,
  TestVendorAccountPayload,
  VendorAccountPayload,
} from './vendor-account.payload.js';
import { VendorAccount } from './vendor-account.type.js';
import { VendorAccountStateEnum } from './vendor-account-enums.type.js';

const ACCOUNT_ID = {
  description:
    'The id of the account, e.g. `vendor_account_01h2xcejqtf2nbrexx3vqjhp41`. A malformed id, or an id of another type, is INVALID.',
};

/** @throws Refusal INVALID */
function accountTarget(id: string) {
  refuseIf(checkId('vendor_account', id, ['id']));
  return { id: uuidOf('vendor_account', id) ?? '', path: [], label: `id ${id}` };
}

@Resolver(() => VendorAccount)
export class VendorAccountResolver {
  @Authorized<Scope>('ADMIN')
  @Query(() => [VendorAccount], {
    nullable: true,
    description:
      "The organization's accounts at vendors, newest first. Requires ADMIN. E.g. `{ vendorAccounts { id name system state stateReason pendingDeliveries } }`.",
  })
  vendorAccounts(@Ctx() { services, viewer }: Context) {
    return services.vendorAccounts.list(viewer);
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => VendorAccountPayload, {
    nullable: true,
    description:
      'Creates a vendor account: later changes of calls are delivered to it. At most 100 accounts (LIMIT_EXCEEDED). E.g. `mutation ($input: CreateVendorAccountInput!) { createVendorAccount(input: $input) { vendorAccount { id state } errors { code message path } } }`.',
  })
  createVendorAccount(
    @Arg('input', () => CreateVendorAccountInput, { description: 'The account.' })
    input: CreateVendorAccountInput,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf(checkAccount(input, ['input']));
      return { vendorAccount: await services.vendorAccounts.create(viewer, toNewAccount(input, ['input'])) };
    });
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => VendorAccountPayload, {
    nullable: true,
    description:
      'Changes a vendor account. New secrets, another base URL and `paused: false` let a failing account deliver again at once.',
  })
  updateVendorAccount(
    @Arg('id', () => ID, ACCOUNT_ID) id: string,
    @Arg('input', () => UpdateVendorAccountInput, { description: 'What changes.' })
    input: UpdateVendorAccountInput,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      const target = accountTarget(id);
      refuseIf(checkAccount(input, ['input']));
      const change = toAccountChange(input, ['input']);
      return { vendorAccount: await services.vendorAccounts.update(viewer, target, change) };
    });
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => DeleteVendorAccountPayload, {
    nullable: true,
    description:
      'Deletes a vendor account and its secrets. Its unfinished deliveries become DISCARDED; calls stay.',
  })
  deleteVendorAccount(@Arg('id', () => ID, ACCOUNT_ID) id: string, @Ctx() { services, viewer }: Context) {
    return settle(async () => {
      const deleted = await services.vendorAccounts.delete(viewer, accountTarget(id));
      return { id: encodeId('vendor_account', deleted) };
    });
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => TestVendorAccountPayload, {
    nullable: true,
    description:
      "Makes one harmless request to the vendor with the account's credentials. On success a failing account delivers again at once.",
  })
  async testVendorAccount(@Arg('id', () => ID, ACCOUNT_ID) id: string, @Ctx() { services, viewer }: Context) {
    const outcome = await settle(() =>
      Promise.resolve().then(() => services.vendorAccounts.test(viewer, accountTarget(id))),
    );
    return { ok: false, ...outcome };
  }

  @FieldResolver(() => VendorAccountStateEnum, { description: 'Whether changes reach it.' })
  async state(@Root() root: VendorAccount, @Ctx() { services }: Context) {
    return (await services.vendorAccounts.state(rowOf(root))).state;
  }

  @Authorized<Scope>('ADMIN')
  @FieldResolver(() => String, {
    nullable: true,
    description: 'Why it is FAILING, for people; otherwise null.',
  })
  async stateReason(@Root() root: VendorAccount, @Ctx() { services }: Context) {
    return (await services.vendorAccounts.state(rowOf(root))).reason;
  }

  @Authorized<Scope>('ADMIN')
  @FieldResolver(() => Url, {
    nullable: true,
    description:
      'Where the vendor is to send its webhooks. The token in it is a secret of its own: `rotateWebhookToken` of updateVendorAccount draws a new one. Null if the account does not receive, or its secrets do not open.',
  })
  webhookUrl(@Root() root: VendorAccount, @Ctx() { services }: Context) {
    return services.vendorAccounts.webhookUrl(rowOf(root));
  }

  @Authorized<Scope>('ADMIN')
  @FieldResolver(() => Int, {
    description: 'How many deliveries wait: PENDING, RETRYING and INCOMPLETE ones.',
  })
  async pendingDeliveries(@Root() { id }: VendorAccount, @Ctx() { reads: { loaders } }: Context) {
    return (await loaders.backlogByAccountId.load(id))?.pending ?? 0;
  }

  @Authorized<Scope>('ADMIN')
  @FieldResolver(() => Int, { description: 'How many deliveries are DEAD.' })
  async deadDeliveries(@Root() { id }: VendorAccount, @Ctx() { reads: { loaders } }: Context) {
    return (await loaders.backlogByAccountId.load(id))?.dead ?? 0;
  }

  @Authorized<Scope>('ADMIN')
  @FieldResolver(() => DateTime, {
    nullable: true,
    description: 'When the oldest of the waiting deliveries was made; null if none waits.',
  })
  async oldestPendingAt(@Root() { id }: VendorAccount, @Ctx() { reads: { loaders } }: Context) {
    return (await loaders.backlogByAccountId.load(id))?.oldestPendingAt ?? null;
  }
}

/** Resolvers get rows; the class has what is shown of them. */
const rowOf = (account: VendorAccount) => account as unknown as VendorAccountRow;
