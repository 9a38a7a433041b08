import { outputIntrospectionFile } from 'gql.tada/internal';
import { introspectionFromSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';
import { DOCUMENTS } from './operations.js';
import { TempProject } from './temp-project.js';

const INTROSPECTION = outputIntrospectionFile(
  { name: 'switchboard', ...introspectionFromSchema(publicSchema(), { descriptions: false }) },
  { fileType: '.d.ts', shouldPreprocess: true },
);

const [query, merge, listed] = DOCUMENTS;
const program = (more: string) => `
import { initGraphQLTada, readFragment, type FragmentOf, type ResultOf, type VariablesOf } from 'gql.tada';
import type { introspection } from './introspection.js';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; Decimal: string; JSONObject: Record<string, unknown>; PhoneNumber: string; URL: string };
}>();
const listed = graphql(\`${listed}\`);
const query = graphql(\`${query}\`, [listed]);
const merge = graphql(\`${merge}\`, [listed]);
${more}`;

const errorsOf = async (more: string) =>
  (
    await TempProject.open({ 'src/introspection.d.ts': INTROSPECTION, 'src/program.ts': program(more) })
  ).typeErrors();

describe('gql.tada', () => {
  it('infers types from the schema that hold under strict and exactOptionalPropertyTypes', async () => {
    expect(
      await errorsOf(`
export const variables: VariablesOf<typeof query> = { first: 10, filter: { status: ['COMPLETED'] } };
export const patch: VariablesOf<typeof merge> = { call: { reference: { system: 'BURKI', name: 'id', value: '101' } }, metadata: { outcome: null } };
export function totals(result: ResultOf<typeof query>): (string | null | undefined)[] {
  return (result.calls?.nodes ?? []).map((node: FragmentOf<typeof listed>) => readFragment(listed, node).cost?.total);
}
export const code = (result: ResultOf<typeof merge>): string | undefined => result.mergeCallMetadata?.errors[0]?.code;
`),
    ).toBe('');
  });

  it.each([
    [
      'a variable that is missing',
      'export const wrong: VariablesOf<typeof query> = {};',
      "'first' is missing",
    ],
    [
      'a status that there is not',
      "export const wrong: VariablesOf<typeof query> = { first: 1, filter: { status: ['OVER'] } };",
      'OVER',
    ],
    [
      'a field that is not selected',
      'export const wrong = (result: ResultOf<typeof query>) => result.calls?.edges;',
      "'edges' does not exist",
    ],
  ])('refuses %s', async (_, more, message) => {
    expect(await errorsOf(more)).toContain(message);
  });
});
