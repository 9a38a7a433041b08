import { Field, InputType } from 'type-graphql';
import type { UserErrorData } from '../foundation/refusal.js';
import { checkLength, checkList } from '../graphql/input-checks.js';
import type { Nothing, Only } from '../graphql/only.js';
import type { CallFlowCommandName } from './call-flow.enums.js';
import { CallFlowCommandNameEnum } from './call-flow-enums.type.js';
import { CallFlowCondition } from './call-flow-prompts.type.js';
import { commandStatusOf } from './command-status.values.js';
import type { VendorFlow } from './vendor-flow.values.js';

@InputType({ description: 'A command of a flow, as the vendor reports it.' })
export class VendorCallFlowCommandInput {
  @Field(() => String, {
    nullable: true,
    description: "The vendor's id of the command, 1 to 500 characters. Bird: `callFlow.commands[].id`.",
  })
  vendorId?: string | null;

  @Field(() => CallFlowCommandNameEnum, { description: 'Which command it is.' })
  command!: CallFlowCommandName;

  @Field(() => String, {
    nullable: true,
    description:
      "The vendor's word for its progress, ignoring case, blanks, - and _, e.g. `completed`; a word that is not known changes nothing.",
  })
  status?: string | null;

  @Field(() => [CallFlowCondition], {
    nullable: true,
    description: 'Its conditions, at most 20; of a command that is known here, they are ignored.',
  })
  conditions?: CallFlowCondition[] | null;
}

@InputType({ description: 'A flow that the vendor runs, as it reports it.' })
export class VendorCallFlowInput {
  @Field(() => String, {
    description: "The vendor's id of the flow, 1 to 500 characters. Bird: `callFlow.id`.",
  })
  vendorId!: string;

  @Field(() => [VendorCallFlowCommandInput], { description: 'Its commands in order; 1 to 20.' })
  commands!: VendorCallFlowCommandInput[];
}

const VENDOR_ID: [number, number] = [1, 500];
const COMMANDS: [number, number] = [1, 20];
const CONDITIONS: [number, number] = [0, 20];

export function checkVendorCallFlow(
  flow: VendorCallFlowInput | null | undefined,
  path: string[],
): UserErrorData[] {
  return [
    ...checkLength(flow?.vendorId, [...path, 'vendorId'], VENDOR_ID),
    ...checkList(flow?.commands, [...path, 'commands'], COMMANDS, ({ vendorId, conditions }, at) => [
      ...checkLength(vendorId, [...at, 'vendorId'], VENDOR_ID),
      ...checkList(conditions, [...at, 'conditions'], CONDITIONS, () => []),
    ]),
  ];
}

export function toVendorFlow({ vendorId, commands }: VendorCallFlowInput): VendorFlow {
  return {
    vendorId,
    commands: commands.map(({ vendorId: id = null, command, status, conditions, ...rest }) => {
      rest satisfies Only<typeof rest, Nothing>;
      return {
        vendorId: id,
        command,
        status: status == null ? null : commandStatusOf(status),
        conditions: (conditions ?? []).map((condition) => ({ ...condition })),
      };
    }),
  };
}
