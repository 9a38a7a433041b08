import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { AnonymousContext, Context } from './context.js';
import type { Seen } from './seen.js';

type Request = GraphQLRequestContextWillSendResponse<Context | AnonymousContext>;

/** A name is the client's: of a longer one the beginning is kept. */
const NAME_LENGTH = 100;

const hooks = {
  async willSendResponse({ contextValue, operation, response: { body } }: Request) {
    const { seen, viewer } = contextValue;
    if (seen === undefined) return;
    if (operation) {
      seen.type = operation.operation;
      seen.operation = operation.name?.value.slice(0, NAME_LENGTH) ?? null;
    }
    if (viewer !== null) {
      seen.organization = viewer.organization.slug;
      seen.key = viewer.keyId;
    }
    if (body.kind === 'single') noteResult(seen, body.singleResult);
  },
};

/** Notes of each operation what it was and how it ended, where its transport asks for that. */
export const seenPlugin: ApolloServerPlugin<Context | AnonymousContext> = {
  requestDidStart: async () => hooks,
};

export function noteResult(seen: Seen, { errors, extensions }: FormattedExecutionResult): void {
  seen.cost = costIn(extensions);
  if (errors !== undefined && errors.length > 0) noteErrors(seen, errors);
}

/** The worst of several errors decides. */
function noteErrors(seen: Seen, errors: readonly GraphQLFormattedError[]): void {
  const codes = errors.map(({ extensions }) => String(extensions?.code ?? 'UNKNOWN'));
  const failed = codes.indexOf('INTERNAL_SERVER_ERROR');
  const away = codes.indexOf('SERVICE_UNAVAILABLE');
  seen.outcome = failed >= 0 ? 'failed' : away >= 0 ? 'unavailable' : 'refused';
  seen.code = codes[Math.max(failed, away, 0)] ?? null;
  if (failed >= 0) {
    seen.errorIds = errors.flatMap(({ extensions }) =>
      typeof extensions?.id === 'string' ? extensions.id : [],
    );
  }
}

/** `extensions.cost`, a number or an object that has it as `requested`; null where there is none. */
function costIn(extensions: Record<string, unknown> | undefined): number | null {
  const cost = extensions?.cost;
  const value = typeof cost === 'object' && cost !== null && 'requested' in cost ? cost.requested : cost;
  return typeof value === 'number' ? value : null;
}
