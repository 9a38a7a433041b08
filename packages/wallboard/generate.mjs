import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { CodeFileLoader } from '@graphql-tools/code-file-loader';
import { loadDocuments } from '@graphql-tools/load';
import { clientPreset } from '@switchboard/client/codegen';
import { buildSchema, parse } from 'graphql';
import { flowInputs } from './flow-inputs.mjs';

/** What the command `graphql-codegen` does with this configuration, without the packages that it brings. */
const FOLDER = 'src/gql/';
const { schema, documents, generates } = clientPreset({
  documents: ['src/**/*.{ts,tsx}', `!${FOLDER}**`],
  directory: FOLDER,
});
const { presetConfig, config } = generates[FOLDER];

const cwd = fileURLToPath(new URL('.', import.meta.url));
const text = await readFile(schema, 'utf8');
const outputs = await preset.buildGeneratesSection({
  baseOutputDir: FOLDER,
  schema: parse(text),
  schemaAst: buildSchema(text),
  documents: await loadDocuments(documents, {
    cwd,
    loaders: [new CodeFileLoader({ pluckConfig: { skipIndent: true } })],
    sort: true,
  }),
  presetConfig: {
    ...presetConfig,
    // Its own name begins as React's hooks do, and it is none.
    ...(presetConfig.fragmentMasking && { fragmentMasking: { unmaskFunctionName: 'getFragmentData' } }),
  },
  // What an object is, a cache must know; `graphql` adds it to all documents.
  config: { ...config, nonOptionalTypename: true },
  plugins: [],
  pluginMap: {},
});
await mkdir(`${cwd}${FOLDER}`, { recursive: true });
for (const output of outputs) await writeFile(`${cwd}${output.filename}`, await codegen(output));
await writeFile(`${cwd}${FOLDER}flow-inputs.ts`, flowInputs(buildSchema(text)));
