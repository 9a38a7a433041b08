import { Field, ID, InputType } from 'type-graphql';
import type { UserErrorData } from '../foundation/refusal.js';
import { uuidOf } from '../graphql/ids.js';
import { checkId, checkList, checkStrings, problem } from '../graphql/input-checks.js';
import type { Nothing, Only } from '../graphql/only.js';
import type { CallFlowCommandStatus } from './call-flow.enums.js';
import { CallFlowCommandStatusEnum } from './call-flow-enums.type.js';
import type { CommandProgress } from './call-flow-progress.js';

@InputType({ description: 'The progress of one command.' })
export class CallFlowProgressInput {
  @Field(() => ID, { description: "The command's id, e.g. `call_flow_command_01h2xcejqtf2nbrexx3vqjhp41`." })
  id!: string;

  @Field(() => CallFlowCommandStatusEnum, { description: 'The new status.' })
  status!: CallFlowCommandStatus;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's id of the command; omitted or null keeps the stored one.",
  })
  vendorId?: string | null;
}

/** A vendor may report only its id of the flow. */
const COMMANDS: [number, number] = [0, 20];

export function checkProgress(commands: CallFlowProgressInput[], path: string[]): UserErrorData[] {
  const reportedIds = new Set<string>();
  return [
    ...checkStrings(commands, path),
    ...checkList(commands, path, COMMANDS, ({ id }, itemPath) => {
      const at = [...itemPath, 'id'];
      if (reportedIds.has(id)) return problem(at, 'The command is already in the list.');
      reportedIds.add(id);
      return checkId('call_flow_command', id, at);
    }),
  ];
}

export function toProgress(commands: CallFlowProgressInput[]): CommandProgress[] {
  return commands.map(({ id, status, vendorId, ...rest }) => {
    rest satisfies Only<typeof rest, Nothing>;
    return { id: uuidOf('call_flow_command', id) ?? '', label: id, status, vendorId };
  });
}
