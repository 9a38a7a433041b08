import { hasScope } from '../identity/scopes.js';
import type { RequestSteps } from './request-steps.js';

const FIELD = 'changeCursor';

/**
 * Reads the end of the log before anything else, where a request asks for it: fields are read at the same time, and a
 * change that comes between another field's read and this one would be in neither. Comes before all that executes.
 */
export const logEndSteps: RequestSteps = {
  responseForOperation({ contextValue, source }) {
    const { viewer } = contextValue;
    // Where only a comment has the word, it is read in vain.
    if (viewer === null || !hasScope(viewer, 'CALLS_READ') || !source.includes(FIELD)) return null;
    return contextValue.services.live.end(viewer.account).then((end) => {
      contextValue.end = end;
      return null;
    });
  },
};
