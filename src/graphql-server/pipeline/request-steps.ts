import type {
  ApolloServerPlugin,
  GraphQLRequestContext,
  GraphQLRequestContextDidResolveOperation,
  GraphQLRequestContextResponseForOperation,
  GraphQLRequestContextValidationDidStart,
  GraphQLRequestContextWillSendResponse,
  GraphQLRequestListener,
} from '@apollo/server';
import type { AnonymousContext, Context } from '../../graphql/context.js';

type AnyContext = Context | AnonymousContext;
export type Beginning = GraphQLRequestContext<AnyContext>;
export type Validation = GraphQLRequestContextValidationDidStart<AnyContext>;
export type ResolvedOperation = GraphQLRequestContextDidResolveOperation<AnyContext>;
export type OperationRequest = GraphQLRequestContextResponseForOperation<AnyContext>;
export type Sending = GraphQLRequestContextWillSendResponse<AnyContext>;
type Response = Awaited<ReturnType<NonNullable<GraphQLRequestListener<AnyContext>['responseForOperation']>>>;

export interface RequestSteps {
  /** Before the document is read. What it throws, Apollo Server does not show. */
  requestDidStart?(request: Beginning): Promise<void>;
  validationDidStart?(request: Validation): void;
  validationDidFail?(request: Validation, errors: readonly Error[]): void;
  didResolveOperation?(request: ResolvedOperation): void;
  responseForOperation?(request: OperationRequest): Promise<Response> | Response;
  willSendResponse?(request: Sending): void | Promise<void>;
}

/** One plugin for all: Apollo Server awaits every hook of every plugin, and creates promises even for missing hooks. */
export function pluginOf(steps: readonly RequestSteps[]): ApolloServerPlugin<AnyContext> {
  const beginning = each(steps, 'requestDidStart');
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
      for (const step of sending) {
        const sent = step(request);
        if (sent instanceof Promise) await sent;
      }
    },
  };
  return {
    requestDidStart: async (request) => {
      for (const step of beginning) await step(request);
      return listener;
    },
  };
}

function each<Name extends keyof RequestSteps>(
  steps: readonly RequestSteps[],
  name: Name,
): NonNullable<RequestSteps[Name]>[] {
  return steps.flatMap(
    (step) => (step[name]?.bind(step) as NonNullable<RequestSteps[Name]> | undefined) ?? [],
  );
}
