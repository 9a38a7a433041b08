import type { CallFlowCommandStatus } from '../../call-flows/call-flow.enums.js';
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

/** Bird does not list its words; keys as `spelling` gives them. */
const WORDS: Readonly<Record<string, CallFlowCommandStatus>> = {
  running: 'RUNNING',
  started: 'RUNNING',
  starting: 'RUNNING',
  ongoing: 'RUNNING',
  inprogress: 'RUNNING',
  executing: 'RUNNING',
  completed: 'COMPLETED',
  complete: 'COMPLETED',
  done: 'COMPLETED',
  finished: 'COMPLETED',
  succeeded: 'COMPLETED',
  skipped: 'SKIPPED',
  canceled: 'SKIPPED',
  cancelled: 'SKIPPED',
  failed: 'FAILED',
  error: 'FAILED',
  rejected: 'FAILED',
};

function statusOf(word: unknown): CallFlowCommandStatus {
  const key = spelling(String(word));
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? 'ACCEPTED') : 'ACCEPTED';
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
      status: statusOf(memberOf(shown[index], 'status')),
      vendorId: textOf(memberOf(shown[index], 'id')),
    })),
  };
}
