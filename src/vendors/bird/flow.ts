import { commandStatusOf } from '../../call-flows/command-status.values.js';
import type { FlowCommand } from '../../call-flows/flow-command.js';
import { spelling } from '../../foundation/spelling.js';
import { withoutNulls } from '../../foundation/without-nulls.js';
import { memberOf, textOf } from '../delivery-parts.js';
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
