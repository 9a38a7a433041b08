import { Arg, Authorized, ID, Resolver, Root, Subscription } from 'type-graphql';
import { refuseUnknown } from '../../foundation/refusal.js';
import { AwaitedImport } from '../../graphql/awaited-import.js';
import { badInputIf, notFound } from '../../graphql/bad-input.js';
import type { Context } from '../../graphql/context.js';
import { uuidOf } from '../../graphql/ids.js';
import { checkId } from '../../graphql/input-checks.js';
import { text } from '../../graphql/text.js';
import type { Scope } from '../../identity/identity.enums.js';
import type { ShownImport } from '../../vendors/imports/call-import.queries.js';
import { CallImport } from '../../vendors/imports/call-import.type.js';

interface SubscribeOptions {
  args: { id: string };
  context: Context;
}

@Resolver()
export class CallImportChangedResolver {
  @Authorized<Scope>('ADMIN')
  @Subscription(() => CallImport, {
    description: text`
      An import as it is, and then as it changes; complete once it has ended. Only the newest state is sent: states that
      follow quickly, and those that a slow client has missed, are passed over. An unknown import is NOT_FOUND. Requires
      ADMIN.

      \`\`\`graphql
      subscription { callImportChanged(id: "call_import_…") { state seen total created updated failed lastError } }
      \`\`\`
    `,
    async subscribe({ args: { id }, context: { reads } }: SubscribeOptions) {
      badInputIf(checkId('call_import', id, ['id']));
      const uuid = uuidOf('call_import', id) ?? '';
      const target = { path: [], label: `id ${id}` };
      const found = await reads.loaders.callImportById.load(uuid);
      await notFound(Promise.resolve().then(() => found ?? refuseUnknown('Import', target, 'id')));
      return new AwaitedImport(uuid);
    },
  })
  callImportChanged(
    @Root() callImport: ShownImport,
    @Arg('id', () => ID, {
      description:
        'The id of the import, e.g. `call_import_01h2xcejqtf2nbrexx3vqjhp41`. A malformed id, or an id of another type, is BAD_USER_INPUT.',
    })
    _id: string,
  ): CallImport {
    return callImport as unknown as CallImport;
  }
}
