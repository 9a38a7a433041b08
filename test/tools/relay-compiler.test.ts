import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { parse, print } from 'graphql';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../clients/relay/operations.js';
import { SCALARS, TempProject } from './temp-project.js';

const CONFIG = {
  ...{ src: './src', schema: './schema.graphql', language: 'typescript', eagerEsModules: true },
  customScalarTypes: SCALARS,
};
const FIXTURE = await readFile(new URL('relay/call-list.ts', import.meta.url), 'utf8');

async function compiled(source: string) {
  const project = await TempProject.open({
    'relay.config.json': JSON.stringify(CONFIG),
    'src/call-list.ts': source,
  });
  return { project, ...(await project.command('relay-compiler')) };
}

async function artifactsOf({ folder }: TempProject): Promise<Record<string, string>> {
  const artifacts = join(folder, 'src/__generated__');
  const names = await readdir(artifacts);
  const texts = names.map(async (name) => [name, await readFile(join(artifacts, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}

describe('relay-compiler', () => {
  it('compiles connections, refetchable fragments, @prependNode and @deleteRecord', async () => {
    const { project, failed, said } = await compiled(FIXTURE);
    expect(said).toContain('Compilation completed');
    expect(failed).toBe(false);
    const artifacts = await artifactsOf(project);
    const handles = (name: string) =>
      [...(artifacts[`${name}.graphql.ts`] ?? '').matchAll(/"handle": "(\w+)"/g)].map(([, handle]) => handle);
    expect(handles('callListQuery')).toEqual(['connection']);
    expect(handles('callListUpsertMutation')).toEqual(['prependNode']);
    expect(handles('callListJoinMutation').toSorted()).toEqual(['connection', 'deleteRecord']);
    expect(handles('callListSubscription')).toEqual(['deleteRecord']);
    // A call is fetched anew by `node`, and the list by its own arguments.
    expect(artifacts['callListCallQuery.graphql.ts']).toMatch(
      /"text": "query callListCallQuery\(.*node\(id: \$id\)/,
    );
    expect(artifacts['callListPageQuery.graphql.ts']).toMatch(
      /"text": "query callListPageQuery\(.*\$after: String/,
    );
    // Every scalar of the schema has a type of its own: Relay takes `any` for others.
    expect(Object.values(artifacts).filter((text) => /: any;/.test(text))).toEqual([]);
  });

  it.each([
    ['a field that there is not', 'startedAt', 'beganAt', 'has no field `beganAt`'],
    [
      'a record that is named by no id',
      'removedCallId @deleteRecord',
      'cursor @deleteRecord',
      '@deleteRecord',
    ],
  ])('refuses %s', async (_, right, wrong, message) => {
    expect(FIXTURE).toContain(right);
    const { failed, said } = await compiled(FIXTURE.replace(right, wrong));
    expect(failed).toBe(true);
    expect(said).toContain(message);
  });

  it('makes of operations.graphql what is committed as operations.json', async () => {
    const operations = await readFile(
      new URL('../clients/relay/operations.graphql', import.meta.url),
      'utf8',
    );
    const project = await TempProject.open({
      'relay.config.json': JSON.stringify({ ...CONFIG, language: 'javascript', eagerEsModules: false }),
      'src/CallList.js': parse(operations)
        .definitions.map((each) => `graphql\`${print(each)}\`;`)
        .join('\n'),
    });
    expect((await project.command('relay-compiler')).said).toContain('Compilation completed');
    const artifacts = Object.entries(await artifactsOf(project)).map(([name, text]) => {
      const module = { exports: {} };
      runInNewContext(text, { module });
      return [name.replace('.graphql.js', ''), JSON.parse(JSON.stringify(module.exports))];
    });
    expect(Object.fromEntries(artifacts)).toEqual(OPERATIONS);
  });
});
