import { lockCall, saveCall } from '../calls/call.store.js';
import { LOGGED_FIELDS } from '../calls/call-fields.js';
import { isTerminal } from '../calls/call-status.js';
import type { CallTarget } from '../calls/call-target.js';
import { appendChange, difference } from '../changes/change-log.js';
import type { Database } from '../db/database.js';
import { statementTime } from '../db/statement-time.js';
import { ALL_COLUMNS } from '../db/tables/call-columns.js';
import type { CallRow } from '../db/tables/calls.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { refuse, refuseIf } from '../refusal.js';
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

/** Bird's half: what a call does next. */
export class CallFlowService {
  readonly #database: Database;
  readonly #replaceQuery: ReplaceCallFlowQuery;

  constructor(database: Database) {
    this.#database = database;
    this.#replaceQuery = replaceCallFlowQuery(database.db);
  }

  /**
   * Puts a new flow in force; the old one is superseded by the same statement, because status is derived. One round
   * trip, unless it is refused or repeated. Of the call at least the columns are read.
   * Refuses with NOT_FOUND, INVALID, CALL_ENDED and REVISION_CONFLICT (the last two beside the present call and flow).
   */
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

  /** What the vendor reports of a flow's commands: their status, its ids; null keeps an id. */
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

  /** Ends a live call and leaves its flow; CALL_ENDED (beside the call) when it has ended already. */
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
