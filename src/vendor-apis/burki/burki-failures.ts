import type { CallStatus } from '../../calls/call.enums.js';
import type { Failure, Problem } from '../failures.js';
import type { Answer } from '../vendor-api.js';
import { burkiStatus } from './burki-call.js';

/** Burki's `{detail}`: FastAPI's, in the words of the documentation. */
export function burkiRefused({ status, code, message, problems, present }: Failure): Answer {
  if (status === 401) {
    return detail(401, 'Authentication required. Send an API key as a Bearer token.', {
      'www-authenticate': 'Bearer',
    });
  }
  if (code === 'CALL_ENDED') {
    const { call } = present as { call: { status: CallStatus; vendorStatus: string | null } };
    return detail(400, `Cannot terminate call - current status is '${burkiStatus(call)}'`);
  }
  if (status === 404 || problems.length === 0 || status === 413) return detail(status, message);
  return detail(422, problems.map(toDetail));
}

const detail = (status: number, text: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  body: { detail: text },
  headers,
});

function toDetail(problem: Problem) {
  const { place, path, message, keyword, params } = problem;
  const loc = [place, ...path];
  const key = keyword === 'type' ? `type ${params.type}` : keyword;
  const [msg, type] = (Object.hasOwn(WORDS, key) ? WORDS[key] : undefined) ?? ['{message}', 'value_error'];
  return { loc, msg: msg.replace('{limit}', String(params.limit)).replace('{message}', message), type };
}

/** pydantic's words, of the version that the documentation shows. */
const WORDS: Readonly<Record<string, readonly [msg: string, type: string]>> = {
  required: ['field required', 'value_error.missing'],
  'type object': ['value is not a valid dict', 'type_error.dict'],
  'type integer': ['value is not a valid integer', 'type_error.integer'],
  'type string': ['str type expected', 'type_error.str'],
  minimum: ['ensure this value is greater than or equal to {limit}', 'value_error.number.not_ge'],
  maximum: ['ensure this value is less than or equal to {limit}', 'value_error.number.not_le'],
  json: ['{message}', 'value_error.jsondecode'],
  media: ['value is not a valid dict', 'type_error.dict'],
  format: ['invalid datetime format', 'value_error.datetime'],
};
