import { HeaderMap } from '@apollo/server';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { RequestSteps } from '../pipeline/request-steps.js';
import { CostPlan } from './cost-plan.js';
import { type GraphqlLimits, overLimit } from './limits.js';
import { rateHeaders } from './rate-headers.js';
import type { RateLimiter } from './rate-limiter.js';
import { RefusedDocuments } from './refused-documents.js';
import { fragmentsOf } from './selections.js';
import { type VariableTypes, variablesRefusal, variableTypes } from './variable-limits.js';

interface Analysis {
  plan: CostPlan;
  types: VariableTypes;
}

const ANONYMOUS = '';
const NO_VARIABLES = {};

/** Must be the first steps: the others read documents that have passed. */
export function limitsSteps(
  schema: GraphQLSchema,
  limits: GraphqlLimits,
  rates: RateLimiter | null,
): RequestSteps {
  const refused = new RefusedDocuments(limits);
  const analyses = new WeakMap<OperationDefinitionNode, Analysis>();
  const analysisOf = (operation: OperationDefinitionNode, document: DocumentNode): Analysis => {
    let analysis = analyses.get(operation);
    if (analysis === undefined) {
      const plan = new CostPlan(schema, operation, fragmentsOf(document), limits);
      analysis = { plan, types: variableTypes(schema, operation) };
      analyses.set(operation, analysis);
    }
    return analysis;
  };
  const { graphqlMaxCost: limit } = limits;
  return {
    validationDidStart(context) {
      refused.judge(context);
    },
    didResolveOperation(context) {
      const { document, operation, contextValue, request } = context;
      const refusal = refused.of(document);
      if (refusal !== undefined) throw refusal;
      // graphql-js reports that no operation matches.
      if (operation === undefined) return;
      const { plan, types } = analysisOf(operation, document);
      const { variables = NO_VARIABLES } = request;
      const tooMuch = variablesRefusal(variables, types, limits);
      if (tooMuch !== null) throw tooMuch;
      const requested = plan.costOf(variables);
      contextValue.cost = requested;
      if (requested > limit) throw overLimit(limits, 'graphqlMaxCost', requested);
      const wait = rates?.take(contextValue.viewer?.keyId ?? ANONYMOUS, requested) ?? 0;
      if (wait > 0) throw rateLimited(wait);
    },
    willSendResponse({ contextValue, response }) {
      if (response.body.kind !== 'single') return;
      const { singleResult } = response.body;
      const { errors, extensions } = singleResult;
      if (errors !== undefined) singleResult.errors = fewErrors(errors, limits.graphqlMaxErrors);
      const { cost: requested, viewer } = contextValue;
      const left = viewer === null ? undefined : rates?.left(viewer.keyId);
      if (rates !== null && left !== undefined)
        for (const [name, value] of rateHeaders(rates, left)) response.http.headers.set(name, value);
      if (requested === undefined) return;
      const remaining = left && { remaining: left.points };
      singleResult.extensions = { ...extensions, cost: { requested, limit, ...remaining } };
    },
  };
}

export function rateLimited(seconds: number, who = 'This key'): GraphQLError {
  const retryAfter = Math.max(1, Math.ceil(seconds));
  const headers = new HeaderMap([['retry-after', String(retryAfter)]]);
  return new GraphQLError(`${who} has exceeded its rate: try again in ${retryAfter} s.`, {
    extensions: { code: 'RATE_LIMITED', retryAfter, http: { status: 429, headers } },
  });
}

export function fewErrors(
  errors: readonly GraphQLFormattedError[],
  most: number,
): readonly GraphQLFormattedError[] {
  if (errors.length <= most) return errors;
  const message = `Only ${most} of ${errors.length} errors are shown.`;
  const rest = { message, extensions: { code: 'TOO_MANY_ERRORS', limit: most, found: errors.length } };
  return [...errors.slice(0, most), rest];
}
