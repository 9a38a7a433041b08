import { CALL_FLOW_COMMAND_NAMES } from '../../call-flows/call-flow.enums.js';
import { commandStatusOf } from '../../call-flows/command-status.values.js';
import type { FlowCommand } from '../../call-flows/flow-command.js';
import type { VendorCommand, VendorFlow } from '../../call-flows/vendor-flow.values.js';
import { spelling } from '../../foundation/spelling.js';
import { withoutNulls } from '../../foundation/without-nulls.js';
import { memberOf, textOf } from '../delivery-parts.js';
import { idIn, listIn, textIn } from '../record-parts.js';
import type { Learned } from '../vendor.js';

/** As the document's second example has it: what is empty is left out. */
export function flowOf(commands: readonly FlowCommand[]): object[] {
  return commands.map(({ command, options, conditions }) => {
    const given = withoutNulls(options);
    return {
      command: command.toLowerCase(),
      ...(Object.keys(given).length === 0 ? {} : { options: given }),
      ...(conditions.length === 0 ? {} : { conditions }),
    };
  });
}

/** What the answered call says of the flow. Null if it shows another one, such as the flow before. */
export function progressIn(
  call: unknown,
  commands: readonly (FlowCommand & { id: string })[],
): Learned['flowProgress'] | null {
  const flow = memberOf(call, 'callFlow');
  const shown = memberOf(flow, 'commands');
  if (!Array.isArray(shown) || shown.length !== commands.length) return null;
  const isOurs = commands.every(
    ({ command }, index) => spelling(String(memberOf(shown[index], 'command'))) === spelling(command),
  );
  if (!isOurs) return null;
  return {
    vendorId: textOf(memberOf(flow, 'id')) ?? textOf(memberOf(shown[0], 'callFlowId')),
    commands: commands.map(({ id }, index) => ({
      id,
      label: id,
      status: commandStatusOf(String(memberOf(shown[index], 'status'))) ?? 'ACCEPTED',
      vendorId: textOf(memberOf(shown[index], 'id')),
    })),
  };
}

const MOST_COMMANDS = 20;
const MOST_CONDITIONS = 20;

/** The flow that Bird's call shows; undefined if it names none. A command that is not known is left out. */
export function reportedFlowIn(call: unknown): VendorFlow | undefined {
  const flow = memberOf(call, 'callFlow');
  const shown = listIn(flow, 'commands');
  const vendorId = idIn(flow, 'id') ?? idIn(shown[0], 'callFlowId');
  const commands = shown.flatMap(reportedCommand).slice(0, MOST_COMMANDS);
  return vendorId === undefined || commands.length === 0 ? undefined : { vendorId, commands };
}

function reportedCommand(shown: unknown): VendorCommand[] {
  const word = spelling(textIn(shown, 'command') ?? '');
  const command = CALL_FLOW_COMMAND_NAMES.find((name) => spelling(name) === word);
  if (command === undefined) return [];
  const conditions = listIn(shown, 'conditions').flatMap((condition) => {
    const variable = textIn(condition, 'variable');
    const operator = textIn(condition, 'operator') ?? 'eq';
    const value = textIn(condition, 'value') ?? '';
    return variable === undefined ? [] : [{ variable, operator, value }];
  });
  const status = commandStatusOf(textIn(shown, 'status') ?? '');
  const vendorId = idIn(shown, 'id') ?? null;
  return [{ vendorId, command, status, conditions: conditions.slice(0, MOST_CONDITIONS) }];
}
