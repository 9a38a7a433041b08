import type { Failure, Problem } from '../failures.js';
import type { Answer } from '../vendor-api.js';

/** Creovai documents 400 and 500, and its clients log their text. */
export function creovaiRefused({ status, message, problems }: Failure): Answer {
  if (status === 401) return { status, headers: { 'www-authenticate': 'Bearer' } };
  if (problems.length === 0 || status === 413 || status === 415) return { status, body: message };
  return { status: 400, body: `Request content is invalid: ${problems.map(toText).join('; ')}` };
}

function toText({ path, keyword, message }: Problem): string {
  if (keyword === 'refused') return message;
  const name = path.join('.') || 'the body';
  return keyword === 'required' ? `${name} is required` : `${name} ${message}`;
}
