import { hasScope } from '../../identity/scopes.js';
import type { RequestSteps } from './request-steps.js';

const FIELD = 'changeCursor';

/**
 * Fields are read concurrently: a change between another field's read and this one would be in neither. Must come
 * before the steps that execute.
 */
export const logEndSteps: RequestSteps = {
  responseForOperation({ contextValue, source }) {
    const { viewer } = contextValue;
    if (viewer === null || !hasScope(viewer, 'CALLS_READ') || !source.includes(FIELD)) return null;
    return contextValue.services.live.end(viewer.account).then((end) => {
      contextValue.end = end;
      return null;
    });
  },
};
