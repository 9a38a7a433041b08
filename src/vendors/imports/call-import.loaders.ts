import { countLoader, pageLoader, rowLoader } from '../../db/loading/batch.js';
import type { Page } from '../../foundation/page.js';
import type { CallImportQueries, ImportOfAccount, ShownImport } from './call-import.queries.js';

export function callImportLoaders(queries: CallImportQueries) {
  return {
    callImportById: rowLoader<ShownImport>(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (each) => each.id,
    ),
    importsOfAccountPage: pageLoader<Page, ImportOfAccount>(
      (organization, accounts, page) => queries.ofAccounts(organization, accounts, page),
      (each) => each.owner,
    ),
    importsOfAccountCount: countLoader((organization, accounts) => queries.counts(organization, accounts)),
  };
}
