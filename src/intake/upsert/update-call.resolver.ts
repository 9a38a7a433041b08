import { Arg, Authorized, Ctx, Int, Mutation, Resolver } from 'type-graphql';
import { CallLocator, checkCallLocator, toCallTarget } from '../../calls/call.input.js';
import { refuseIf } from '../../foundation/refusal.js';
import type { Context } from '../../graphql/context.js';
import { settle } from '../../graphql/errors.js';
import { atLeast } from '../../graphql/input-checks.js';
import { text } from '../../graphql/text.js';
import type { Scope } from '../../identity/identity.enums.js';
import { UpdateCallPayload } from '../intake.payload.js';
import { checkUpdateCall, toUpdate } from './update-call.checks.js';
import { UpdateCallInput } from './update-call.input.js';

@Resolver()
export class UpdateCallResolver {
  @Authorized<Scope>('CALLS_WRITE')
  @Mutation(() => UpdateCallPayload, {
    nullable: true,
    description: text`
      Changes a known call. Use it for a person's changes, and upsertCall for a vendor's reports.

      \`\`\`graphql
      mutation {
        updateCall(call: { id: "call_…" }, input: { addTags: ["vip"], removeTags: ["new"] }, expectedRevision: 3) {
          call { id tags revision }
          errors { code message path details }
        }
      }
      \`\`\`
    `,
  })
  updateCall(
    @Arg('call', () => CallLocator, { description: 'The call, by its id or by a reference.' })
    call: CallLocator,
    @Arg('input', () => UpdateCallInput, { description: 'What to change.' }) input: UpdateCallInput,
    @Arg('expectedRevision', () => Int, {
      nullable: true,
      description:
        "The call's revision that the change is based on; REVISION_CONFLICT if the current one differs. Omitted or null: any revision.",
    })
    expectedRevision: number | null,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf([
        ...checkCallLocator(call, ['call']),
        ...checkUpdateCall(input, ['input']),
        ...atLeast(0, expectedRevision, ['expectedRevision']),
      ]);
      const update = toUpdate(input, expectedRevision ?? null, ['input']);
      return { call: await services.intake.updateCall(viewer, toCallTarget(call, ['call']), update) };
    });
  }
}
