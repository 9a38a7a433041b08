import { HeaderMap } from '@apollo/server';
import { AnswersFull } from '../../db/connection/answers.js';
import { FairQueue } from '../../foundation/fair-queue.js';
import { RETRY_AFTER } from '../../foundation/overload.js';
import type { RequestSteps } from './request-steps.js';

/** Points from which garbage collection of the answer delays other requests. */
const LARGE = 20_000;
/** More at once would take as long in total, and more memory. */
const AT_ONCE = 2;
const MOST_WAITING = 1_024;
/** Milliseconds. */
const PATIENCE = 10_000;

export function largeOperations(): RequestSteps {
  const queue = new FairQueue({ size: AT_ONCE, maxWaiting: MOST_WAITING, maxWait: PATIENCE });
  return {
    async responseForOperation({ contextValue, response }) {
      const { viewer, cost = 0 } = contextValue;
      if (viewer === null || cost <= LARGE) return null;
      const { organization, keyId } = viewer;
      const slot = queue.tryEnter(organization.id, keyId) ?? (await queue.wait(organization.id, keyId).slot);
      if (slot !== null) {
        contextValue.atEnd.push(() => queue.leave(slot));
        return null;
      }
      const headers = new HeaderMap([...response.http.headers, ['retry-after', RETRY_AFTER]]);
      const { message } = new AnswersFull();
      return {
        http: { status: 503, headers },
        body: { kind: 'single', singleResult: { errors: [{ message, extensions: { code: 'OVERLOADED' } }] } },
      };
    },
  };
}
