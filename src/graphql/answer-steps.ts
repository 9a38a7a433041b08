import { HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Account } from '../db/account.js';
import { type Answers, AnswersFull, AnswerTooLarge } from '../db/answers.js';
import { answerSize } from './answer-size.js';
import { answerRefusal } from './errors.js';
import type { RequestSteps, Sending } from './request-steps.js';

/** Points of an operation that may begin while there is no room for large answers: its own is hardly ever one. */
const CHEAP = 100;
/** Seconds, as the header Retry-After has them. */
const RETRY_AFTER = '1';

/**
 * Bounds the bytes of answers. A query that comes to too many is answered by one error; a mutation is done by then, and of
 * its fields those that are too large to be shown are null, with an error each.
 */
export function answerSteps(answers: Answers): RequestSteps {
  return {
    didResolveOperation({ contextValue: { viewer, cost = 0 } }) {
      if (viewer === null || cost <= CHEAP || answers.memory.hasRoom(viewer.organization.id)) return;
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
  const told = errors.map((error) => (isRefusal(error) ? ofMutation(error, error.path) : error));
  let total = 0;
  for (const [field, value] of Object.entries(data ?? {})) {
    const size = answerSize(value, limits.answerMaxBytes);
    const isTooLarge = total + size > limits.answerMaxBytes;
    const full = isTooLarge ? new AnswerTooLarge(limits.answerMaxBytes) : account.hold(size);
    // What is small says what was done, also where there is no room for anything large.
    const refusal = isTooLarge || size > small ? answerRefusal(full) : null;
    total += refusal === null ? size : 0;
    if (data == null || refusal === null) continue;
    data[field] = null;
    told.push({ ...ofMutation(refusal), path: [field] });
  }
  if (told.length > 0) result.errors = told;
}

/** What was refused to a mutation's field itself was refused in its transaction; what lies deeper is read when all is written. */
function ofMutation(error: GraphQLFormattedError, path: GraphQLFormattedError['path'] = []) {
  const outcome = path.length === 1 ? 'Nothing of this was done' : 'This was done, and is not shown';
  return { ...error, message: `${outcome}. ${error.message}` };
}
