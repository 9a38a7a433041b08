import { readFile } from 'node:fs/promises';
import { type GraphQLSchema, parse, specifiedRules, type ValidationRule, validate } from 'graphql';
import { isObject } from '../../foundation/json-object.js';
import { StartError } from '../../foundation/start-error.js';
import { documentRefusal } from '../limits/document-limits.js';
import type { GraphqlLimits } from '../limits/limits.js';
import { sourceRefusal } from '../limits/source-limits.js';

const VARIABLE = 'PERSISTED_MANIFEST';
const APOLLO_FORMAT = 'apollo-persisted-query-manifest';

export interface Manifest {
  documentOf(id: string): string | undefined;
  has(document: string): boolean;
}

export const NO_MANIFEST: Manifest = { documentOf: () => undefined, has: () => false };

export interface ManifestOptions {
  schema: GraphQLSchema;
  limits: GraphqlLimits & { graphqlMaxErrors: number };
  rules: readonly ValidationRule[];
}

/** @throws StartError that names the file, and the document if one is wrong */
export async function readManifest(path: string, options: ManifestOptions): Promise<Manifest> {
  const documents = documentsIn(await parsed(path), path);
  for (const [id, document] of documents) {
    const wrong = whatIsWrong(document, options);
    if (wrong !== null) throw new StartError(`${VARIABLE} ${path}: the document ${id} ${wrong}`);
  }
  const texts = new Set(documents.values());
  return { documentOf: (id) => documents.get(id), has: (document) => texts.has(document) };
}

async function parsed(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new StartError(`${VARIABLE} ${path} cannot be read: ${error.message}`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StartError(`${VARIABLE} ${path} is not JSON: ${(error as Error).message}`);
  }
}

/** Apollo's format, or an object from hashes to documents, as graphql-codegen and Relay write it. */
function documentsIn(json: unknown, path: string): Map<string, string> {
  if (!isObject(json)) throw unknownForm(path);
  const { format, version, operations } = json;
  if (format === undefined) return mapOf(Object.entries(json), path);
  if (format !== APOLLO_FORMAT || version !== 1 || !Array.isArray(operations)) throw unknownForm(path);
  return mapOf(
    operations.map((each) => (isObject(each) ? [each.id, each.body] : [])),
    path,
  );
}

function mapOf(entries: readonly unknown[][], path: string): Map<string, string> {
  const documents = new Map<string, string>();
  for (const [id, document] of entries) {
    if (typeof id !== 'string' || typeof document !== 'string' || id === '') throw unknownForm(path);
    const other = documents.get(id);
    if (other !== undefined && other !== document) {
      throw new StartError(`${VARIABLE} ${path}: ${id} stands for two documents`);
    }
    documents.set(id, document);
  }
  if (documents.size === 0) throw new StartError(`${VARIABLE} ${path} has no documents`);
  return documents;
}

const unknownForm = (path: string) =>
  new StartError(
    `${VARIABLE} ${path} must be a manifest of the format ${APOLLO_FORMAT}, version 1, or an object from hashes to documents`,
  );

function whatIsWrong(document: string, { schema, limits, rules }: ManifestOptions): string | null {
  const tooLarge = sourceRefusal(document, limits);
  if (tooLarge !== null) return `exceeds a limit: ${tooLarge.message}`;
  try {
    const parsed = parse(document, { maxTokens: limits.graphqlMaxTokens });
    const refused = documentRefusal(parsed, limits);
    if (refused !== null) return `exceeds a limit: ${refused.message}`;
    const [error] = validate(schema, parsed, [...specifiedRules, ...rules], { maxErrors: 1 });
    return error ? `does not fit the schema: ${error.message}` : null;
  } catch (error) {
    return `is not GraphQL: ${(error as Error).message}`;
  }
}
