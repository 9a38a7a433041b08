import { HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Account } from '../../db/connection/account.js';
import { type Answers, AnswersFull, AnswerTooLarge } from '../../db/connection/answers.js';
import { RETRY_AFTER } from '../../foundation/overload.js';
import { answerRefusal } from '../../graphql/errors.js';
import { answerSize } from './answer-size.js';
import type { RequestSteps, Sending } from './request-steps.js';

/** Points up to which an operation starts without space for a large answer. */
const CHEAP = 100;

/** A mutation above the limit is already done, so only its fields that are too large become null. */
export function answerSteps(answers: Answers): RequestSteps {
  return {
    didResolveOperation({ contextValue: { viewer, cost = 0 } }) {
      if (viewer === null || cost <= CHEAP || answers.memory.hasSpace(viewer.organization.id)) return;
      const { message } = new AnswersFull();
      const http = { status: 503, headers: new HeaderMap([['retry-after', RETRY_AFTER]]) };
      throw new GraphQLError(message, { extensions: { code: 'OVERLOADED', http } });
    },
    willSendResponse({ contextValue: { viewer }, operation, response }) {
      if (viewer === null || response.body.kind !== 'single') return;
      const { singleResult } = response.body;
      if (operation?.operation === 'mutation') boundMutation(singleResult, viewer.account, answers);
      else {
        const refusal =
          singleResult.errors?.find(isRefusal) ?? sizeRefusal(singleResult.data, viewer.account, answers);
        if (refusal !== null) refuse(response, refusal);
      }
    },
  };
}

type Result = Extract<Sending['response']['body'], { kind: 'single' }>['singleResult'];

const isRefusal = ({ extensions }: GraphQLFormattedError) =>
  extensions?.code === 'ANSWER_TOO_LARGE' || extensions?.code === 'OVERLOADED';

function sizeRefusal(
  data: Result['data'],
  account: Account,
  { limits: { answerMaxBytes } }: Answers,
): GraphQLFormattedError | null {
  if (data == null) return null;
  const size = answerSize(data, answerMaxBytes);
  return answerRefusal(size > answerMaxBytes ? new AnswerTooLarge(answerMaxBytes) : account.hold(size));
}

function refuse({ body, http }: Sending['response'], { message, extensions }: GraphQLFormattedError): void {
  if (body.kind !== 'single') return;
  const { extensions: about } = body.singleResult;
  body.singleResult = { errors: [{ message, extensions }], ...(about && { extensions: about }) };
  http.status = extensions?.code === 'OVERLOADED' ? 503 : 400;
  if (http.status === 503) http.headers.set('retry-after', RETRY_AFTER);
}

function boundMutation(result: Result, account: Account, { limits, small }: Answers): void {
  const { data, errors = [] } = result;
  const shown = errors.map((error) => (isRefusal(error) ? ofMutation(error, isDeep(error)) : error));
  let total = 0;
  for (const [field, value] of Object.entries(data ?? {})) {
    const size = answerSize(value, limits.answerMaxBytes);
    const isTooLarge = total + size > limits.answerMaxBytes;
    const full = isTooLarge ? new AnswerTooLarge(limits.answerMaxBytes) : account.hold(size);
    // A small payload says what was done, even without space for a large one.
    const refusal = isTooLarge || size > small ? answerRefusal(full) : null;
    total += refusal === null ? size : 0;
    if (data == null || refusal === null) continue;
    data[field] = null;
    shown.push({ ...ofMutation(refusal, true), path: [field] });
  }
  if (shown.length > 0) result.errors = shown;
}

/** The field's own error comes from its transaction; a deeper one comes from a read after the writes. */
const isDeep = ({ path = [] }: GraphQLFormattedError) => path.length > 1;

function ofMutation(error: GraphQLFormattedError, isDone: boolean) {
  const outcome = isDone ? 'This was done, but cannot be shown' : 'Nothing of this was done';
  return { ...error, message: `${outcome}. ${error.message}` };
}
