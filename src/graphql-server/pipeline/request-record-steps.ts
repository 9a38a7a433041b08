import type { GraphQLFormattedError, OperationDefinitionNode } from 'graphql';
import type { Outcome, RequestRecord } from '../../graphql/request-record.js';
import type { RequestSteps } from './request-steps.js';
import { textWithoutValues } from './text-without-values.js';

const NAME_LENGTH = 100;

export const requestRecordSteps: RequestSteps = {
  // Its statements are logged and traced with its name.
  didResolveOperation({ contextValue: { requestRecord }, operation, document }) {
    if (requestRecord === undefined || !operation) return;
    recordOperation(requestRecord, operation);
    if (requestRecord.trace !== null) requestRecord.document = textWithoutValues(document);
  },
  willSendResponse({ contextValue, operation, response: { body } }) {
    const { requestRecord, viewer, cost } = contextValue;
    if (requestRecord === undefined) return;
    requestRecord.cost = cost ?? null;
    if (operation) recordOperation(requestRecord, operation);
    if (viewer !== null) {
      requestRecord.organization = viewer.organization.slug;
      requestRecord.key = viewer.keyId;
    }
    if (body.kind === 'single') recordErrors(requestRecord, body.singleResult.errors);
  },
};

function recordOperation(requestRecord: RequestRecord, { operation, name }: OperationDefinitionNode): void {
  requestRecord.type = operation;
  requestRecord.operation = name?.value.slice(0, NAME_LENGTH) ?? null;
}

const OUTCOME_OF: Record<string, Outcome> = {
  INTERNAL_SERVER_ERROR: 'failed',
  SERVICE_UNAVAILABLE: 'unavailable',
  OVERLOADED: 'overloaded',
};

export function recordErrors(
  requestRecord: RequestRecord,
  errors: readonly GraphQLFormattedError[] = [],
): void {
  if (errors.length === 0) return;
  const codes = errors.map(({ extensions }) => String(extensions?.code ?? 'UNKNOWN'));
  const failed = codes.indexOf('INTERNAL_SERVER_ERROR');
  const away = codes.indexOf('SERVICE_UNAVAILABLE');
  const code = codes[failed >= 0 ? failed : Math.max(away, 0)] ?? null;
  requestRecord.code = code;
  requestRecord.outcome = (code !== null && OUTCOME_OF[code]) || 'refused';
  if (failed >= 0) {
    requestRecord.errorIds = errors.flatMap(({ extensions }) =>
      typeof extensions?.id === 'string' ? extensions.id : [],
    );
  }
}
