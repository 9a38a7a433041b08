import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { printPublicSchema, publicSchema } from '../../src/graphql-server/schema/schema.js';
import { CONFIG } from './codegen.config.js';
import { DOCUMENTS } from './operations.js';
import { TempProject } from './temp-project.js';

/** What the command `graphql-codegen` does with the client preset, into `src/gql/`. */
async function generated(): Promise<TempProject> {
  const project = await TempProject.open();
  const documents = DOCUMENTS.map((text, index) => ({
    ...{ location: `src/document-${index}.ts`, document: parse(text), rawSDL: text },
  }));
  const outputs = await preset.buildGeneratesSection({
    baseOutputDir: 'src/gql/',
    schema: parse(printPublicSchema()),
    schemaAst: publicSchema(),
    config: CONFIG,
    documents,
    ...{ presetConfig: {}, plugins: [], pluginMap: {} },
  });
  for (const output of outputs) await project.write({ [output.filename]: await codegen(output) });
  return project;
}

const program = (more: string) => `
import { type FragmentType, graphql, useFragment } from './gql/index.js';
import type { CallsQuery, CallsQueryVariables, MergeMutation, MergeMutationVariables } from './gql/graphql.js';

export const query = graphql(${JSON.stringify(DOCUMENTS[0])});
export const merge = graphql(${JSON.stringify(DOCUMENTS[1])});
const listed = graphql(${JSON.stringify(DOCUMENTS[2])});
${more}`;

describe('the client preset of graphql-codegen', () => {
  it('makes types that hold under strict and exactOptionalPropertyTypes', async () => {
    const project = await generated();
    await project.write({
      'src/program.ts': program(`
export const variables: CallsQueryVariables = { first: 10, filter: { status: ['COMPLETED'] } };
export const withoutFilter: CallsQueryVariables = { first: 10 };
export const patch: MergeMutationVariables = { call: { reference: { system: 'BURKI', name: 'id', value: '101' } }, metadata: { outcome: null } };
export function ids(result: CallsQuery): string[] {
  return (result.calls?.nodes ?? []).map((node: FragmentType<typeof listed>) => useFragment(listed, node).id);
}
export const code = (result: MergeMutation): string | undefined => result.mergeCallMetadata?.errors[0]?.code;
`),
    });
    expect(await project.typeErrors()).toBe('');
  });

  it.each([
    ['a variable that is missing', 'export const wrong: CallsQueryVariables = {};', "'first' is missing"],
    [
      'a status that there is not',
      "export const wrong: CallsQueryVariables = { first: 1, filter: { status: ['OVER'] } };",
      'OVER',
    ],
    [
      'two names of one call',
      "export const wrong: MergeMutationVariables = { call: { id: 'a', reference: { system: 'BURKI', name: 'id', value: '1' } }, metadata: {} };",
      'TS2322',
    ],
    [
      'undefined for what is optional',
      'export const wrong: CallsQueryVariables = { first: undefined };',
      'TS2',
    ],
    [
      'a payload that may be null',
      'export const wrong = (result: MergeMutation) => result.mergeCallMetadata.errors;',
      'possibly',
    ],
  ])('refuses %s', async (_, more, message) => {
    const project = await generated();
    await project.write({ 'src/program.ts': program(more) });
    expect(await project.typeErrors()).toContain(message);
  });
});
