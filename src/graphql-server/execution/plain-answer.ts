import type { ApolloServer } from '@apollo/server';
import type { FormattedExecutionResult } from 'graphql';
import { jsonText } from '../../foundation/json-text.js';
import type { AnonymousContext, Context } from '../../graphql/context.js';

type AnyContext = Context | AnonymousContext;

/** Executes an operation without HTTP. Its data has no JSON texts in it, whatever executed it. */
export async function plainAnswer(
  apollo: ApolloServer<AnyContext>,
  request: { query: string; variables: Record<string, unknown> },
  contextValue: AnyContext,
): Promise<FormattedExecutionResult> {
  const { body } = await apollo.executeOperation(request, { contextValue });
  if (body.kind !== 'single') throw new Error('Apollo Server returned an incremental result');
  const { data, ...others } = body.singleResult;
  return data == null ? body.singleResult : { ...others, data: JSON.parse(jsonText(data)) };
}
