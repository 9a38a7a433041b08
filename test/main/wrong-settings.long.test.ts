import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/read-table.js';
import { runProgram } from '../support/program.js';

const JWT = {
  JWT_JWKS_URL: 'https://issuer.example/keys',
  JWT_ISSUER: 'https://issuer.example',
  JWT_AUDIENCE: 'calls',
};

/** Each is refused before anything is opened, with the variable that the message has to name. */
const REFUSED: [variable: string, env: Record<string, string>][] = [
  ...[
    ['PORT', 'http'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '4000 4001'],
    ['DATABASE_URL', 'localhost:5432'],
    ['DATABASE_URL', 'mysql://me:hunter2@localhost/calls'],
    ['DATABASE_URL', 'postgres:/me:hunter2@localhost/calls'],
    ['DATABASE_URL', 'postgres://me:hunter2%@localhost/calls'],
    ['DATABASE_URL', 'postgres://me:hunter2%zz@localhost/calls'],
    ['DATABASE_URL', 'postgres://me:hunter2#@localhost/calls'],
    ['DATABASE_URL', 'postgres://me:12#34@localhost/calls'],
    ['DATABASE_URL', 'postgres://me:hunter2@34@localhost/calls'],
    ['DATABASE_URL', 'postgres://me:12/34@localhost/calls'],
    ['DATABASE_URL', 'postgres://me:hunter2/34@localhost/calls'],
    ['DATABASE_URL', 'postgres://me:12?34@localhost/calls'],
    ['DATABASE_URL', 'postgres://me:hunter2@localhost:54x2/calls'],
    ['DATABASE_URL', 'postgres://me:hunter2@one:5432,two:99999/calls'],
    ['DEMO', 'perhaps'],
    ['DATABASE_POOL_SIZE', '0'],
    ['DATABASE_POOL_SIZE', 'many'],
    ['BODY_LIMIT', '4MB'],
    ['METADATA_MAX_BYTES', '1'],
    ['METADATA_MAX_DEPTH', '0'],
    ['LIVE_MAX_CONNECTIONS', '0'],
    ['LIVE_MAX_SUBSCRIPTIONS', '-5'],
    ['LIVE_BUFFER_LIMIT', '1'],
    ['LIVE_FRAME_LIMIT', '1e6'],
    ['LIVE_PING_INTERVAL', '0'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_TIMEOUT', '15s'],
    ['START_TIMEOUT', '0'],
    ['MAX_CONCURRENT_REQUESTS', '0'],
    ['MAX_QUEUED_REQUESTS', 'none'],
    ['ANSWER_MAX_BYTES', '10'],
    ['ANSWERS_MAX_BYTES', '10'],
    ['DRAIN_DELAY', '2.5'],
    ['SHUTDOWN_TIMEOUT', '-1'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
    ['GRAPHQL_MAX_COST', '0'],
    ['GRAPHQL_MAX_DEPTH', '1000'],
    ['GRAPHQL_INTROSPECTION', 'no way'],
    ['RATE_LIMIT', 'low'],
    ['CORS_ORIGINS', 'https://a.example/'],
    ['REQUEST_TIMEOUT', '0'],
    ['KEEP_ALIVE_TIMEOUT', '99999'],
    ['PERSISTED_OPERATIONS', 'some'],
    ['FEDERATION', 'perhaps'],
  ].map(([name = '', value = '']): [string, Record<string, string>] => [name, { [name]: value }]),
  ['DATABASE_URL', { DATABASE_DIRECT_URL: 'postgres://me:hunter2@localhost/calls' }],
  [
    'DATABASE_URL',
    { DATBASE_URL: 'postgres://a/b', DATABASE_DIRECT_URL: 'postgres://me:hunter2@localhost/calls' },
  ],
  [
    'DATABASE_DIRECT_URL',
    { DATABASE_URL: 'postgres://a/b', DATABASE_DIRECT_URL: 'postgres://me:hunter2%@a/b' },
  ],
  ['JWT_JWKS_URL', { ...JWT, JWT_JWKS_URL: 'http://issuer.example/keys' }],
  ['JWT_ISSUER', { ...JWT, JWT_ISSUER: '' }],
  ['JWT_AUDIENCE', { ...JWT, JWT_AUDIENCE: 'a,,b' }],
  ['JWT_ALGORITHMS', { ...JWT, JWT_ALGORITHMS: 'HS256' }],
  ['JWT_CLOCK_SKEW', { ...JWT, JWT_CLOCK_SKEW: '301' }],
];

test('there are fifty of them', () => expect(REFUSED.length).toBeGreaterThanOrEqual(50));

test.each(REFUSED)('%s is named as what is wrong with %j', (variable, env) => {
  const load = () => loadConfig(env);
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(new RegExp(`^${variable} [^\\n]+$`));
  expect(load).not.toThrow(/hunter2/);
});

test.each(['postgres://me:p%25a%23@localhost/calls', 'postgresql://one:5432,two:5433/calls?prepare=false'])(
  '%s is taken',
  (url) => expect(loadConfig({ DATABASE_URL: url }).databaseUrl).toBe(url),
);

const AWAY = 'postgres://me:hunter2@127.0.0.1:1/calls';
const WITHOUT_A_PACKAGE = `data:text/javascript,${encodeURIComponent(
  `import { register } from 'node:module'; register(${JSON.stringify(
    `data:text/javascript,${encodeURIComponent(`export const resolve = (name, context, next) => {
      const isMissing = name === '@opentelemetry/resources';
      if (!isMissing) return next(name, context);
      throw Object.assign(new Error("Cannot find package '" + name + "' imported from x"), { code: 'ERR_MODULE_NOT_FOUND' });
    };`)}`,
  )});`,
)}`;

/** Found out when it is used. */
test.each([
  ['HOST', 'HOST', { HOST: 'no-such-host.invalid', PORT: '1' }],
  ['HOST', 'HOST', { HOST: '192.0.2.1', PORT: '1' }],
  ['DATABASE_URL', 'DATABASE_URL: ', { DATABASE_URL: AWAY }],
  [
    'DATABASE_DIRECT_URL',
    'DATABASE_DIRECT_URL: ',
    { DATABASE_URL: 'postgres://a/b', DATABASE_DIRECT_URL: AWAY },
  ],
])('%s is named when it turns out to be wrong', async (_, head, env) => {
  const { code, stdout, stderr } = await runProgram('main.js', [], { PORT: '0', ...env } as Record<
    string,
    string
  >);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^switchboard: ${head}[^\\n]+\\n$`));
  expect(stderr).not.toContain('hunter2');
});

test('a package that is missing is named, and no database', async () => {
  const { createTestDatabase } = await import('../support/postgres.js');
  const database = await createTestDatabase();
  const env = {
    DATABASE_URL: database.url,
    PORT: '0',
    LOG_LEVEL: 'warn',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    NODE_OPTIONS: `--import=${WITHOUT_A_PACKAGE}`,
  };
  const { code, stderr } = await runProgram('main.js', [], env);
  await database.drop();
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      'switchboard: OTEL_EXPORTER_OTLP_ENDPOINT needs the optional package @opentelemetry/resources: npm install it\n',
  });
});
