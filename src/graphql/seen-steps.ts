import type { GraphQLFormattedError } from 'graphql';
import type { RequestSteps } from './request-steps.js';
import type { Outcome, Seen } from './seen.js';

/** A name is the client's: of a longer one the beginning is kept. */
const NAME_LENGTH = 100;

/** Notes of each operation what it was and how it ended, where its transport asks for that. */
export const seenSteps: RequestSteps = {
  willSendResponse({ contextValue, operation, response: { body } }) {
    const { seen, viewer, cost } = contextValue;
    if (seen === undefined) return;
    seen.cost = cost ?? null;
    if (operation) {
      seen.type = operation.operation;
      seen.operation = operation.name?.value.slice(0, NAME_LENGTH) ?? null;
    }
    if (viewer !== null) {
      seen.organization = viewer.organization.slug;
      seen.key = viewer.keyId;
    }
    if (body.kind === 'single') noteErrors(seen, body.singleResult.errors);
  },
};

const OUTCOME_OF: Record<string, Outcome> = {
  INTERNAL_SERVER_ERROR: 'failed',
  SERVICE_UNAVAILABLE: 'unavailable',
  OVERLOADED: 'overloaded',
};

/** The worst of several errors decides. */
export function noteErrors(seen: Seen, errors: readonly GraphQLFormattedError[] = []): void {
  if (errors.length === 0) return;
  const codes = errors.map(({ extensions }) => String(extensions?.code ?? 'UNKNOWN'));
  const failed = codes.indexOf('INTERNAL_SERVER_ERROR');
  const away = codes.indexOf('SERVICE_UNAVAILABLE');
  const code = codes[failed >= 0 ? failed : Math.max(away, 0)] ?? null;
  seen.code = code;
  seen.outcome = (code !== null && OUTCOME_OF[code]) || 'refused';
  if (failed >= 0) {
    seen.errorIds = errors.flatMap(({ extensions }) =>
      typeof extensions?.id === 'string' ? extensions.id : [],
    );
  }
}
