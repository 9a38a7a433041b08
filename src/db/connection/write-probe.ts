import type { Connection } from './connection.js';
import type { Server } from './driver.js';
import { inSchema } from './settings.js';

const TIMEOUT_MS = 5_000;
const REUSE_MS = 30_000;

/** Always rolls back, and takes no lock of the log, so that it holds no subscription back. */
const WRITE = `do $$
declare
  a_call uuid := new_uuid();
  an_organization uuid := (select organization_id from organizations limit 1);
begin
  insert into calls (organization_id, id, direction, status, tags, metadata, flow_revision, revision, change_label,
    created_at, updated_at)
  select an_organization, a_call, 'UNKNOWN', 'UNKNOWN', '{}', '{}', 0, 1, 0, now(), now()
  where an_organization is not null;
  insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, effective_at, old_values, new_values,
    recorded_at)
  select organization_id, call_change_epoch_start(), nextval('call_change_seq'), new_uuid(), id, 'UPDATED', 'switchboard health', now(), '{}', '{}', now()
  from calls where organization_id = an_organization and id = a_call;
  update calls set metadata = merge_patch(metadata, '{"tried": true}')
  where organization_id = an_organization and id = a_call;
  raise exception using errcode = 'SBUND';
exception when sqlstate 'SBUND' then null;
end $$`;

export class WriteProbe {
  #at = Number.NEGATIVE_INFINITY;
  #error: unknown = null;
  readonly #text: string;

  constructor(server: Server) {
    this.#text = inSchema(server, WRITE);
  }

  async error(connection: Connection): Promise<unknown> {
    if (this.#error === null && performance.now() - this.#at < REUSE_MS) return null;
    this.#at = performance.now();
    this.#error = await connection.runWithin(TIMEOUT_MS, this.#text).then(
      () => null,
      (error: unknown) => error,
    );
    return this.#error;
  }
}
