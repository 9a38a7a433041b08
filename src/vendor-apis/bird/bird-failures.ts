import type { Failure, Problem } from '../failures.js';
import type { Answer } from '../vendor-api.js';
import { birdPath } from './bird-flow.js';

/** That errors are JSON is all that Bird documents of them. */
export function birdRefused({ status, code, message, problems }: Failure): Answer {
  const details = status === 404 ? [] : problems.filter(({ path }) => path.length > 0).map(toDetail);
  return {
    status: code === 'CALL_ENDED' ? 422 : status,
    body: { code: wordOf(code), message, ...(details.length > 0 && { details }) },
  };
}

/** NOT_FOUND is NotFound. */
const wordOf = (code: string) =>
  code.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

const toDetail = ({ path, message }: Problem) => ({ field: birdPath(path).join('.'), message });
