import type {
  ApolloServerPlugin,
  GraphQLRequestContextDidResolveOperation,
  GraphQLRequestContextResponseForOperation,
  GraphQLRequestContextValidationDidStart,
  GraphQLRequestContextWillSendResponse,
  GraphQLRequestListener,
} from '@apollo/server';
import type { AnonymousContext, Context } from './context.js';

type AnyContext = Context | AnonymousContext;
export type Validation = GraphQLRequestContextValidationDidStart<AnyContext>;
export type ResolvedOperation = GraphQLRequestContextDidResolveOperation<AnyContext>;
export type OperationRequest = GraphQLRequestContextResponseForOperation<AnyContext>;
export type Sending = GraphQLRequestContextWillSendResponse<AnyContext>;
type Response = Awaited<ReturnType<NonNullable<GraphQLRequestListener<AnyContext>['responseForOperation']>>>;

/** What one concern does on a request's way through Apollo Server, by the names of its hooks. */
export interface RequestSteps {
  /** A document that is new is about to be validated. */
  validationDidStart?(request: Validation): void;
  /** It was found wanting. */
  validationDidFail?(request: Validation, errors: readonly Error[]): void;
  /** The document is good and the operation in it is found; what is thrown here refuses the request. */
  didResolveOperation?(request: ResolvedOperation): void;
  /** May answer in place of graphql-js; the first answer counts. */
  responseForOperation?(request: OperationRequest): Promise<Response> | Response;
  /** May change the answer. */
  willSendResponse?(request: Sending): void;
}

/**
 * All steps as one plugin, in their order. Apollo Server awaits every hook of every plugin, and makes promises for those that
 * have none.
 */
export function pluginOf(steps: readonly RequestSteps[]): ApolloServerPlugin<AnyContext> {
  const validating = each(steps, 'validationDidStart');
  const failing = each(steps, 'validationDidFail');
  const resolved = each(steps, 'didResolveOperation');
  const answering = each(steps, 'responseForOperation');
  const sending = each(steps, 'willSendResponse');
  const listener: GraphQLRequestListener<AnyContext> = {
    async validationDidStart(request) {
      for (const step of validating) step(request);
      return async (errors) => {
        if (errors !== undefined) for (const step of failing) step(request, errors);
      };
    },
    async didResolveOperation(request) {
      for (const step of resolved) step(request);
    },
    async responseForOperation(request) {
      for (const step of answering) {
        const answered = step(request);
        const response = answered instanceof Promise ? await answered : answered;
        if (response !== null) return response;
      }
      return null;
    },
    async willSendResponse(request) {
      for (const step of sending) step(request);
    },
  };
  return { requestDidStart: async () => listener };
}

function each<Name extends keyof RequestSteps>(
  steps: readonly RequestSteps[],
  name: Name,
): NonNullable<RequestSteps[Name]>[] {
  return steps.flatMap(
    (step) => (step[name]?.bind(step) as NonNullable<RequestSteps[Name]> | undefined) ?? [],
  );
}
