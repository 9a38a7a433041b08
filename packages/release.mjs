import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';

/** What `npm version` has to change besides package.json, before it commits and tags. */
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

function edit(file, change) {
  const text = readFileSync(file, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`${file} has nothing to release`);
  writeFileSync(file, changed);
}

function editJson(file, change) {
  edit(file, (text) => {
    const json = JSON.parse(text);
    change(json);
    return `${JSON.stringify(json, null, 2)}\n`;
  });
}

const today = new Date().toISOString().slice(0, 10);
edit('CHANGELOG.md', (text) =>
  text.replace(/^## Unreleased\n(?=\n###)/m, `## Unreleased\n\n## ${version} - ${today}\n`),
);
// The client kit is made from the schema, and has the gateway's version.
editJson('packages/client/package.json', (kit) => Object.assign(kit, { version }));
editJson('package-lock.json', (lock) => Object.assign(lock.packages['packages/client'], { version }));
edit('deploy/kubernetes.yaml', (text) => text.replace(/(\/switchboard:).*/, `$1${version}`));
copyFileSync('schema.graphql', 'test/tools/released.graphql');
