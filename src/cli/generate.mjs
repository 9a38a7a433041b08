import { readFileSync, writeFileSync } from 'node:fs';
import { withTables } from '../../dist/config/readme.js';
import { printPublicSchema } from '../../dist/graphql-server/schema/schema.js';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);
const README = new URL('../../README.md', import.meta.url);

writeFileSync(SCHEMA, printPublicSchema());
writeFileSync(README, withTables(readFileSync(README, 'utf8')));
