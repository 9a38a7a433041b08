import { text } from '../../graphql/text.js';

export const ABOUT_SCHEMA = text`
  Every call that an organization's telephony vendors know about, as one Call: Burki, Creovai, vcita and Bird behind one
  schema.

  - Sign in with \`Authorization: Bearer TOKEN\` or \`Authorization: AccessKey TOKEN\`.
  - A vendor's own id is never called \`id\`: clients normalise by \`id\`.
  - Where nothing else is said, null in an input means the same as leaving it out. An empty list in a filter finds
    nothing, except in allOf and hasKeys, where it is no condition.
  - Lists without an orderBy are newest first; nulls come last; ties go by id.
  - Expected refusals are UserErrors in the payload, with the present object beside them where there is one
    (REVISION_CONFLICT, ALREADY_EXISTS, CALL_ENDED). GraphQL errors carry \`extensions.code\`: UNAUTHENTICATED, FORBIDDEN,
    BAD_USER_INPUT (scalars, pages, cursors, malformed ids in queries, batches over 500), OPERATION_TOO_COSTLY, RATE_LIMITED,
    CURSOR_LOST (a place of the log that was pruned, or that a restore has set back: read anew), SERVICE_UNAVAILABLE, INTERNAL_SERVER_ERROR, and Apollo's own for parsing and validation.
  - A malformed id, or one of another type, is INVALID in a locator and BAD_USER_INPUT in a query. An unknown one, or
    another organization's, is NOT_FOUND, or null in a query.
  - Every string has at most 4,096 characters, without NUL and lone surrogates; metadata has limits of its own.
`;

export const ABOUT_ROOTS: Record<string, string> = {
  Query:
    'What can be read. All of it needs the scope CALLS_READ, but for viewer, which needs none, and matchRules, vendorAccounts, deliveries and inboundMessages, which need ADMIN.',
  Mutation:
    'What can be written. Each answers with a payload whose `errors` is empty on success; on refusal nothing was written. Only replayInboundMessages has no payload, and refuses with a GraphQL error. A batch answers with one for each item.',
  Subscription:
    'Changes as they happen: over WebSocket (graphql-transport-ws) at /graphql, or as an event stream (graphql-sse) at /graphql/stream. Needs the scope CALLS_READ, but for deliveriesChanged and callImportChanged, which need ADMIN.',
};
