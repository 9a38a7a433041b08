import type { Failure, Problem } from '../failures.js';
import type { Answer } from '../vendor-api.js';
import { snakeCase } from './vcita-voice-call.js';

/** vcita's `{success: false, errors}`; the codes are those of its own entity, in lower case. */
export function vcitaRefused({ status, code, message, problems }: Failure): Answer {
  const isOfBody = problems.some(({ keyword }) => keyword === 'json' || keyword === 'media');
  const errors = isOfBody || status === 404 ? [] : problems.map((each) => toError(code, each));
  const whole = { code: code.toLowerCase(), message: status === 401 ? 'Unauthorized' : message };
  return {
    status: status === 409 ? 422 : status,
    body: { success: false, errors: errors.length > 0 ? errors : [whole] },
    headers: status === 401 ? { 'www-authenticate': 'Bearer' } : {},
  };
}

function toError(code: string, { path, message, keyword }: Problem) {
  const field = path.at(-1);
  const missing = keyword === 'required' && field !== undefined;
  return {
    code: missing ? 'required' : code.toLowerCase(),
    message: missing
      ? `${field} is required`
      : keyword === 'refused'
        ? message
        : `${field ?? 'The body'} ${message}`,
    ...(field !== undefined && { field: snakeCase(field) }),
  };
}
