/** The commands of the documents that no test runs, each with the reason. All others run. */
export const NOT_RUN: readonly (readonly [command: string, why: string])[] = [
  ['npm ci && npm start', 'installs packages: test/main/npm-start.long.test.ts starts the installed ones'],
  ['npm ci && npm test', 'would run itself'],
];
