/** Writes what follows from the sources: the schema, and the documents' tables of settings. */
import { readFileSync, writeFileSync } from 'node:fs';
import { DOCS_WITH_TABLES, withTables } from '../../dist/config/doc-tables.js';
import { printPublicSchema } from '../../dist/graphql-server/schema/schema.js';

const ROOT = new URL('../../', import.meta.url);

writeFileSync(new URL('schema.graphql', ROOT), printPublicSchema());
for (const name of DOCS_WITH_TABLES) {
  const file = new URL(name, ROOT);
  writeFileSync(file, withTables(readFileSync(file, 'utf8')));
}
