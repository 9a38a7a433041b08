import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCS_WITH_TABLES, withTables } from '../../src/config/doc-tables.js';
import { readTable } from '../../src/config/read-table.js';
import { TABLES } from '../../src/config/table.js';
import { readSource, sourceFiles } from '../structure/imports.js';

const docs = DOCS_WITH_TABLES.map((name) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const settings = Object.values(TABLES).flatMap((table) => Object.values(table));
const names = settings.map(({ variable }) => variable);

describe('the documents', () => {
  it('have the tables that follow from the settings: `npm run generate` writes them anew', () => {
    expect(docs.map(withTables)).toEqual(docs);
  });

  it.each(names)('have %s in exactly one table', (name) => {
    expect(docs.join('').split(`\n| \`${name}\` |`)).toHaveLength(2);
  });

  it('have no markers of a table that there is not', () => {
    expect(() => withTables('<!-- settings:weather -->\n<!-- /settings -->')).toThrow('"weather"');
  });
});

describe('the settings', () => {
  it('have a variable of their own each', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(settings.map(({ variable, description }) => [variable, description]))(
    'describe %s in one short sentence',
    (_, description) => {
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(description).not.toMatch(/\. [A-Z]/);
      expect(description.length).toBeLessThanOrEqual(120);
    },
  );

  it('are all that is read of the environment, but for NODE_ENV, the file of settings, what the embedded Postgres inherits, and the secrets of new accounts', () => {
    const readers = sourceFiles().filter((file) =>
      readSource(file).replaceAll('loadConfig(process.env)', '').includes('process.env'),
    );
    expect(readers).toEqual([
      'cli/accounts.ts',
      'embedded-postgres/process.ts',
      'start/env-file.ts',
      'start/production.ts',
    ]);
  });
});

const SECRETS = [
  'DATABASE_DIRECT_URL',
  'DATABASE_MIGRATE_URL',
  'DATABASE_READ_URL',
  'DATABASE_URL',
  'JWT_JWKS_URL',
  'METRICS_TOKEN',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'SECRETS_KEYS',
  'SHARD_URLS',
];
const WRONG = [
  'hunter2',
  'ftp://me:hunter2@host/',
  'postgres://me:hunter2%@host/',
  'http//hunter2',
  'hunter2\n',
];

describe('secrets', () => {
  it('are known', () => {
    const marked = settings.filter(({ isSecret }) => isSecret).map(({ variable }) => variable);
    expect(marked.toSorted()).toEqual(SECRETS);
  });

  it.each(SECRETS.flatMap((name) => WRONG.map((value) => [name, value])))(
    'are in no error: %s=%j',
    (name = '', value = '') => {
      const setting = settings.find(({ variable }) => variable === name);
      const message = messageOf(() => readTable({ setting }, { [name]: value }));
      expect(message).not.toContain('hunter2');
      if (name !== 'METRICS_TOKEN') expect(message).toMatch(new RegExp(`^${name} [^\\n]+$`));
    },
  );

  it('are withheld whatever their parser says', () => {
    const { port } = TABLES.server;
    const load = (isSecret: boolean) => () => readTable({ port: { ...port, isSecret } }, { PORT: 'hunter2' });
    expect(messageOf(load(false))).toBe('PORT must be a whole number from 0 to 65535, not "hunter2"');
    expect(messageOf(load(true))).toBe('PORT must be a whole number from 0 to 65535');
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
