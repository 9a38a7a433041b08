// What graphql-codegen's client preset writes as persisted-documents.json: node codegen.mjs SCHEMA DOCUMENTS OUT
import { readFileSync, writeFileSync } from 'node:fs';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, parse } from 'graphql';

const [schemaFile, documentsFile, out] = process.argv.slice(2);
const schemaAst = buildSchema(readFileSync(schemaFile, 'utf8'));
const rawSDL = readFileSync(documentsFile, 'utf8');
const files = await preset.buildGeneratesSection({
  baseOutputDir: 'gql/',
  presetConfig: { persistedDocuments: true },
  config: {},
  plugins: [],
  pluginMap: {},
  schema: parse(readFileSync(schemaFile, 'utf8')),
  schemaAst,
  documents: [{ location: documentsFile, document: parse(rawSDL), rawSDL }],
  documentTransforms: [],
});
// The manifest is ready when the documents have been generated.
const texts = await Promise.all(files.map((file) => codegen({ ...file, schemaAst })));
const at = files.findIndex(({ filename }) => filename.endsWith('persisted-documents.json'));
writeFileSync(out, texts[at]);
