import type { Account } from '../db/connection/account.js';
import { countLoader, listLoader, pageLoader, rowLoader } from '../db/loading/batch.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import { onceFor } from '../db/loading/once-for.js';
import type { Page } from '../foundation/page.js';
import type { CallFlowQueries, CallFlowRow } from './call-flow.queries.js';
import { commandRow, type WholeCallFlow } from './call-flow.store.js';
import { type FlowColumns, flowColumns } from './call-flow-columns.queries.js';

export function callFlowLoaders(queries: CallFlowQueries) {
  const activeByCallIds = onceFor((columns: FlowColumns) => {
    const statement = queries.activeByCallIds(columns);
    return rowLoader(
      async (organization, keys): Promise<WholeCallFlow[]> => {
        const flows = await statement.execute({ organization, keys });
        return flows.map((flow) => ({ ...flow, commands: flow.commands?.map(commandRow) ?? [] }));
      },
      (flow) => flow.callId,
    );
  });
  return {
    callFlowById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (flow) => flow.id,
    ),
    activeCallFlowByCallId: (account: Account, requestedFields: RequestedFields) =>
      activeByCallIds(flowColumns(requestedFields))(account),
    commandsByFlowId: listLoader(
      async (organization, keys) =>
        (await queries.commandsByFlowIds.execute({ organization, keys })).map(commandRow),
      (command) => command.flowId,
    ),
    commandById: rowLoader(
      async (organization, keys) =>
        (await queries.commandsByIds.execute({ organization, keys })).map(commandRow),
      (command) => command.id,
    ),
    callFlowsPage: pageLoader<Page<number>, CallFlowRow>(
      (organization, calls, page) => queries.pages(organization, calls, page),
      (flow) => flow.callId,
    ),
    callFlowsCount: countLoader((organization, calls) => queries.counts(organization, calls)),
  };
}
