import type { Replicas } from '../../db/replicas/replicas.js';
import { EXTENSION, HEADER } from '../../graphql/consistency.js';
import type { RequestSteps } from './request-steps.js';

/** Chooses where a query reads, and says what its client has seen then. Must come before the steps that read. */
export function consistencySteps(replicas: Replicas): RequestSteps {
  return {
    async responseForOperation({ contextValue, operation, request }) {
      if (contextValue.viewer === null || contextValue.consistency === undefined) return null;
      const { viewer, consistency } = contextValue;
      const tokens = request.extensions?.[EXTENSION];
      if (typeof tokens === 'string') consistency.require(tokens);
      consistency.hasBegun = true;
      if (operation?.operation !== 'query') return null;
      viewer.account.reading = await replicas.choose(viewer.organization.id, consistency.isGiven);
      return null;
    },
    async willSendResponse({ contextValue, operation, response: { body, http } }) {
      if (contextValue.viewer === null || body.kind !== 'single') return;
      const { viewer, consistency } = contextValue;
      if (consistency?.hasBegun !== true) return;
      const type = operation?.operation;
      if (type !== 'mutation' && !(type === 'query' && viewer.account.arrived > 0)) return;
      const token = await consistency.seen(viewer.account);
      http.headers.set(HEADER, token);
      const { singleResult } = body;
      singleResult.extensions = { ...singleResult.extensions, [EXTENSION]: token };
    },
  };
}
