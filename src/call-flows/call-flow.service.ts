import { lockCall, saveCall } from '../calls/call.store.js';
import { LOGGED_FIELDS } from '../calls/call-fields.js';
import { isTerminal } from '../calls/call-status.js';
import type { CallTarget } from '../calls/reference/call-target.values.js';
import { appendChange, difference } from '../changes/change-log.js';
import { statementTime } from '../db/connection/statement-time.js';
import type { Database } from '../db/database.js';
import { ALL_COLUMNS } from '../db/tables/call-columns.js';
import type { CallRow } from '../db/tables/calls.js';
import { refuse, refuseIf } from '../foundation/refusal.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallFlowRow } from './call-flow.queries.js';
import { type CommandProgress, type FlowName, recordProgress } from './call-flow-progress.js';
import {
  type Replaced,
  type ReplaceOptions,
  replaceAtOnce,
  replaceUnderLock,
} from './call-flow-replacement.js';
import { type ReplaceCallFlowQuery, replaceCallFlowQuery } from './call-flow-replacement.queries.js';
import type { FlowCommand } from './flow-command.js';

export class CallFlowService {
  readonly #database: Database;
  readonly #replaceQuery: ReplaceCallFlowQuery;

  constructor(database: Database) {
    this.#database = database;
    this.#replaceQuery = replaceCallFlowQuery(database.db);
  }

  /** @throws Refusal NOT_FOUND, INVALID, CALL_ENDED and REVISION_CONFLICT (both with the current call and flow) */
  async replace(
    viewer: Viewer,
    target: CallTarget,
    commands: FlowCommand[],
    options: ReplaceOptions,
    columns = ALL_COLUMNS,
  ): Promise<Replaced> {
    if (options.idempotencyKey === null) refuseIf(options.invalid);
    const replacement = { target, commands, ...options };
    const replaced =
      options.invalid.length > 0
        ? null
        : await this.#database.statement(
            () => replaceAtOnce(this.#replaceQuery, viewer, replacement, columns),
            viewer.account,
          );
    return (
      replaced ??
      this.#database.transaction((tx) => replaceUnderLock(tx, viewer, replacement), viewer.account)
    );
  }

  async recordProgress(
    viewer: Viewer,
    flow: FlowName,
    vendorId: string | null,
    reports: CommandProgress[],
  ): Promise<CallFlowRow> {
    return this.#database.transaction(
      (tx) => recordProgress(tx, viewer, flow, vendorId, reports),
      viewer.account,
    );
  }

  /** @throws Refusal CALL_ENDED (with the call) */
  async hangUp(viewer: Viewer, target: CallTarget): Promise<CallRow> {
    return this.#database.transaction(async (tx) => {
      const call = await lockCall(tx, viewer.organization.id, target);
      if (isTerminal(call.status))
        refuse('CALL_ENDED', `The call has ended: ${call.status}`, target.path, { call });
      const saved = await saveCall(tx, call, {
        status: 'COMPLETED',
        vendorStatus: null,
        endedAt: statementTime,
      });
      const change = difference(call, saved, LOGGED_FIELDS);
      await appendChange(tx, saved, { kind: 'HUNG_UP', actor: actorOf(viewer), ...change });
      return saved;
    }, viewer.account);
  }
}
