import { Field, ID, InputType } from 'type-graphql';
import { uuidOf } from '../graphql/ids.js';
import { checkId, checkList, checkStrings, problem } from '../graphql/input-checks.js';
import type { UserErrorData } from '../refusal.js';
import type { CallFlowCommandStatus } from './call-flow.enums.js';
import { CallFlowCommandStatusEnum } from './call-flow-enums.type.js';
import type { CommandProgress } from './call-flow-progress.js';

@InputType({ description: 'What the vendor reports of one command.' })
export class CallFlowProgressInput {
  @Field(() => ID, { description: "The command's id, e.g. `call_flow_command_01h2xcejqtf2nbrexx3vqjhp41`." })
  id!: string;

  @Field(() => CallFlowCommandStatusEnum, { description: 'How far it has come.' })
  status!: CallFlowCommandStatus;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's id of the command; left out or null, it stays.",
  })
  vendorId?: string | null;
}

/** None, where the vendor reports nothing but its id of the flow. */
const COMMANDS: [number, number] = [0, 20];

/** What is wrong with a report of progress; a command may be in it once. */
export function checkProgress(commands: CallFlowProgressInput[], path: string[]): UserErrorData[] {
  const seen = new Set<string>();
  return [
    ...checkStrings(commands, path),
    ...checkList(commands, path, COMMANDS, ({ id }, place) => {
      const at = [...place, 'id'];
      if (seen.has(id)) return problem(at, 'The command is in the list already.');
      seen.add(id);
      return checkId('call_flow_command', id, at);
    }),
  ];
}

/** Checked progress as the service takes it. */
export function toProgress(commands: CallFlowProgressInput[]): CommandProgress[] {
  return commands.map(({ id, status, vendorId }) => ({
    id: uuidOf('call_flow_command', id) ?? '',
    label: id,
    status,
    vendorId,
  }));
}
