import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { Refusal, refuseIf } from '../../foundation/refusal.js';
import { PageArgs } from '../../graphql/connection.js';
import type { Context } from '../../graphql/context.js';
import { listKind } from '../../graphql/cursor.js';
import { settle } from '../../graphql/errors.js';
import { type IdType, uuidOf } from '../../graphql/ids.js';
import { checkId } from '../../graphql/input-checks.js';
import { nestedById } from '../../graphql/nested-list.js';
import { DateTime } from '../../graphql/scalars.js';
import type { Scope } from '../../identity/identity.enums.js';
import { VendorAccount } from '../account/vendor-account.type.js';
import type { ShownImport } from './call-import.queries.js';
import { CallImport, CallImportConnection, CallImportPayload } from './call-import.type.js';

/** @throws Refusal INVALID */
function targetOf(type: IdType, id: string, argument: string) {
  refuseIf(checkId(type, id, [argument]));
  return { id: uuidOf(type, id) ?? '', path: [], label: `id ${id}` };
}

@Resolver(() => CallImport)
export class CallImportResolver {
  @Authorized<Scope>('ADMIN')
  @Mutation(() => CallImportPayload, {
    nullable: true,
    description:
      'Reads the vendor’s calls of a time, as upsertCalls would write them: at Burki and Bird by their start, at vcita by their last update, at Creovai those whose sessions are known here. Recordings and transcripts that the vendor keeps elsewhere come after the calls. It goes on by itself after a restart. Metadata that others have changed here is kept. One at a time for an account: otherwise ALREADY_EXISTS, with the one that runs. An unknown account is NOT_FOUND; one that does not receive, and a `from` that is not before `to` and the present, INVALID. E.g. `mutation { startCallImport(account: "vendor_account_…", from: "2026-01-01T00:00:00Z") { callImport { id state } errors { code path } } }`.',
  })
  startCallImport(
    @Arg('account', () => ID, {
      description:
        'The id of the account, e.g. `vendor_account_01h2xcejqtf2nbrexx3vqjhp41`. A malformed id, or an id of another type, is INVALID.',
    })
    account: string,
    @Arg('from', () => DateTime, { nullable: true, description: 'Where the time begins; all if omitted.' })
    from: Date | null,
    @Arg('to', () => DateTime, { nullable: true, description: 'Where the time ends; now if omitted.' })
    to: Date | null,
    @Ctx() context: Context,
  ): Promise<object> {
    return changed(context, () =>
      context.services.callImports.start(context.viewer, targetOf('vendor_account', account, 'account'), {
        from: from ?? null,
        to: to ?? null,
      }),
    );
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => CallImportPayload, {
    nullable: true,
    description:
      'Ends an import; what it has read stays. An unknown one is NOT_FOUND, one that has ended INVALID.',
  })
  cancelCallImport(
    @Arg('id', () => ID, {
      description:
        'The id of the import, e.g. `call_import_01h2xcejqtf2nbrexx3vqjhp41`. A malformed id, or an id of another type, is INVALID.',
    })
    id: string,
    @Ctx() context: Context,
  ): Promise<object> {
    return changed(context, () =>
      context.services.callImports.cancel(context.viewer, targetOf('call_import', id, 'id')),
    );
  }

  @FieldResolver(() => VendorAccount, {
    description: 'Where the calls come from, also if that account was deleted since.',
  })
  account(@Root() { accountId }: ShownImport, @Ctx() { reads: { loaders } }: Context) {
    return loaders.vendorAccountById.load(accountId);
  }
}

function changed({ reads: { loaders } }: Context, write: () => Promise<string>) {
  return settle(async () => {
    const id = await write().catch(async (error: unknown) => {
      if (!(error instanceof Refusal && 'id' in error.present)) throw error;
      throw new Refusal(error.errors, {
        callImport: await loaders.callImportById.load(`${error.present.id}`),
      });
    });
    return { callImport: await loaders.callImportById.load(id) };
  });
}

@Resolver(() => VendorAccount)
export class VendorAccountImportsResolver {
  @Authorized<Scope>('ADMIN')
  @FieldResolver(() => CallImportConnection, {
    description: 'The imports of its calls, newest first. Requires ADMIN.',
  })
  imports(
    @Root() { id }: { id: string },
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    const kind = listKind(`account-imports:${id}`, {});
    return nestedById(kind, id, args, loaders.importsOfAccountPage, loaders.importsOfAccountCount);
  }
}
