/** The commands of the documents that no test runs, each with the reason. All others run. */
export const NOT_RUN: readonly (readonly [command: string, why: string])[] = [
  ['npm ci && npm start', 'installs packages: test/main/npm-start.long.test.ts starts the installed ones'],
  ['npm ci && npm run -s build', 'installs packages'],
  ['npm install ./switchboard-0.1.0.tgz', 'installs packages: test/main/pack.long.test.ts does'],
  ['npx switchboard start', 'test/main/pack.long.test.ts does'],
  ['npm ci --omit=dev', 'installs packages'],
  ['npm start', 'test/main/npm-start.long.test.ts does'],
  ['MIGRATE=off npm start', 'starts a gateway: test/db/migrating/start.long.test.ts does'],
  ['npm ci && npm test', 'would run itself'],
  ['RETAIN_CALLS=2555 RETAIN_LOG=90 RETAIN_EVENTS=90 RETAIN_DELIVERIES=90 npm start', 'starts a gateway'],
  ['CORS_ORIGINS=https://app.example.com npm start', 'each page has a gateway that is started so'],
  ['PERSISTED_OPERATIONS=auto npm start', 'the page has a gateway that is started so'],
  ['npm run dev:wallboard', 'serves until it is stopped'],
  [
    'DATABASE_READ_URL=postgres://me:secret@standby-1/calls,postgres://me:secret@standby-2/calls npm start',
    'needs standbys: test/db/replicas/ has them',
  ],
  [
    'DATABASE_URL=postgres://me:secret@first/calls SHARD_URLS=postgres://me:secret@second/calls,postgres://me:secret@third/calls npm start',
    'needs several databases: test/shards/ has them',
  ],
  [
    'switchboard keys create --organization acme --name crm --scopes all --create --shard 1',
    'needs several databases: test/cli/shards.long.test.ts runs it',
  ],
  ['switchboard organizations move acme --to 2', 'needs several databases: test/shards/move.test.ts does it'],
  ['FEDERATION=true npm start', 'the page has a gateway that is started so'],
  ['npm ci --prefix test/programs', 'installs packages: .ci/run does'],
  ['npx vitest run --config test/vitest.config.ts test/programs', 'would run other tests'],
  [
    'PERSISTED_OPERATIONS=only PERSISTED_MANIFEST=./persisted-documents.json npm start',
    'starts a gateway: test/graphql-server/persisted/ does so with manifests',
  ],
];
