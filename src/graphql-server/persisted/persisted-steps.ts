import { createHash } from 'node:crypto';
import type { GraphQLRequest } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { PersistedMode } from '../../config/tables/server.js';
import { isObject } from '../../foundation/json-object.js';
import type { AnonymousContext, Context } from '../../graphql/context.js';
import type { PersistedOperationService } from '../../persisted-operations/persisted-operation.service.js';
import { type GraphqlLimits, refusal } from '../limits/limits.js';
import { sourceRefusal } from '../limits/source-limits.js';
import type { RequestSteps } from '../pipeline/request-steps.js';
import { documentIdIn } from './document-id.js';
import type { Manifest } from './manifest.js';

/** `hit`: found by its hash. `miss`: the client has to send the text. `kept`: a text with its hash. */
export type PersistedOutcome = 'hit' | 'miss' | 'kept' | 'refused';

export interface PersistedOptions {
  mode: Exclude<PersistedMode, 'off'>;
  manifest: Manifest;
  stored: PersistedOperationService;
  limits: GraphqlLimits;
  count(outcome: PersistedOutcome): void;
}

/** Stands in for a document that is not known, until the limits have charged the request. */
const NOTHING = '{ __typename }';

const SHA256 = /^[0-9a-f]{64}$/;
const PREFIX = 'sha256:';

/**
 * Apollo's automatic persisted queries, and documents by an id. Must come directly after the limits: a request for an
 * unknown document costs its point.
 */
export function persistedSteps(options: PersistedOptions): RequestSteps {
  const { stored, count } = options;
  const refusals = new WeakMap<GraphQLRequest, GraphQLError>();
  const hashes = new WeakMap<GraphQLRequest, string>();
  return {
    async requestDidStart({ request, contextValue }) {
      // The gateway's own questions: exports, and tests without a transport.
      if (request.http === undefined && contextValue.stream === undefined) return;
      try {
        const { document, hash } = await resolve(request, contextValue, options);
        if (document !== undefined) request.query = document;
        if (hash !== undefined) hashes.set(request, hash);
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        count(error.extensions.code === 'PERSISTED_QUERY_NOT_FOUND' ? 'miss' : 'refused');
        refusals.set(request, error);
        request.query = NOTHING;
        delete request.operationName;
      }
      if (request.extensions?.persistedQuery !== undefined) {
        const { persistedQuery: _, ...others } = request.extensions;
        request.extensions = others;
      }
    },
    didResolveOperation({ request }) {
      const refused = refusals.get(request);
      if (refused !== undefined) throw refused;
    },
    /** The document is validated, and its client signed in. */
    responseForOperation({ request, contextValue: { viewer }, source }) {
      const hash = hashes.get(request);
      if (hash !== undefined && viewer !== null) {
        stored.keep(viewer, hash, source);
        count('kept');
      }
      return null;
    },
  };
}

interface Resolved {
  document?: string;
  /** Of the text that came with it. */
  hash?: string;
}

/** @throws GraphQLError */
async function resolve(
  request: GraphQLRequest,
  { viewer }: Context | AnonymousContext,
  { mode, manifest, stored, limits, count }: PersistedOptions,
): Promise<Resolved> {
  const { query } = request;
  const id = idIn(request);
  if (id === null) {
    if (mode === 'only' && query && !manifest.has(query)) throw untrustedText();
    return {};
  }
  const hash = id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
  const trusted = manifest.documentOf(id) ?? manifest.documentOf(hash);
  if (query) {
    if (trusted === query) return {};
    if (!SHA256.test(hash) || sha256(query) !== hash) throw mismatch();
    if (manifest.has(query)) return {};
    if (mode === 'only') throw untrustedText();
    return { hash };
  }
  if (trusted === undefined && mode === 'only') throw untrustedId();
  const found = trusted ?? (viewer !== null && SHA256.test(hash) ? await stored.find(viewer, hash) : null);
  if (found === null) throw notFound();
  // Another gateway, with other limits, may have stored it.
  const refused = sourceRefusal(found, limits);
  if (refused !== null) throw refused;
  count('hit');
  return { document: found };
}

function idIn({ extensions, http }: GraphQLRequest): string | null {
  const { persistedQuery } = extensions ?? {};
  if (persistedQuery != null) {
    if (!isObject(persistedQuery) || typeof persistedQuery.sha256Hash !== 'string') {
      throw refusal('BAD_REQUEST', 'extensions.persistedQuery must have a `version` and a `sha256Hash`.');
    }
    if (persistedQuery.version !== 1) {
      throw refusal('BAD_REQUEST', 'extensions.persistedQuery.version must be 1.');
    }
    return persistedQuery.sha256Hash;
  }
  const id = http === undefined ? extensions?.documentId : documentIdIn(http);
  if (id == null) return null;
  if (typeof id === 'string' && id !== '') return id;
  throw refusal(
    'BAD_REQUEST',
    'documentId must be the id of a document, e.g. `sha256:` and its SHA-256 in hex.',
  );
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** As in Apollo's protocol: with 200, for clients read the code in the body and send the text. */
const notFound = () =>
  new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { status: 200 } },
  });

const mismatch = () =>
  refusal('PERSISTED_QUERY_HASH_MISMATCH', 'The hash is not the SHA-256 of the document, in lower-case hex.');

const variable = 'PERSISTED_OPERATIONS';

const untrustedId = () =>
  refusal(
    'PERSISTED_QUERY_NOT_IN_LIST',
    `No trusted document has this id: this gateway serves only those of its manifest (${variable}).`,
    { variable },
  );

const untrustedText = () =>
  refusal(
    'QUERY_NOT_IN_SAFELIST',
    `The document is not a trusted one: this gateway serves only those of its manifest (${variable}).`,
    { variable },
  );
