import type { Logger } from 'pino';
import type { ImportedPage, ImportFailure } from '../vendors/imports/import-worker.service.js';
import type { Metrics } from './metrics.js';

interface Watchers {
  log: Logger;
  metrics: Metrics;
}

/** A log line and counts for each page of an import. */
export function importWatch({ log, metrics }: Watchers) {
  return {
    imported: ({ row, account, read, created, updated, failed }: ImportedPage) => {
      const isLast = row.state === 'DONE';
      const { system, name } = account;
      const unchanged = Math.max(0, read - created - updated - failed);
      metrics.countImported(system, { created, updated, unchanged, failed });
      log[isLast ? 'info' : 'debug'](
        {
          ...{ import: row.id, organization: row.organizationId, account: name, system, read },
          ...{ created, updated, failed, position: row.position },
        },
        isLast ? 'the import is done' : 'import',
      );
    },
    importFailed: ({ row, reason, isFinal }: ImportFailure) =>
      log.warn(
        { import: row.id, organization: row.organizationId, reason },
        isFinal ? 'the import has failed' : 'the import waits',
      ),
  };
}
