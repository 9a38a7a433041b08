import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { Answers } from '../../../src/db/connection/answers.js';
import { answerSteps } from '../../../src/graphql-server/pipeline/answer-steps.js';
import type { ResolvedOperation, Sending } from '../../../src/graphql-server/pipeline/request-steps.js';
import { VIEWER } from '../execution/fake-context.js';

describe('while there is no space for large answers', () => {
  const answers = new Answers({ answerMaxBytes: 1_000_000, answersMaxBytes: 1_000_000 });
  answers.open(VIEWER.organization.id, 'key').read(500_001);
  const begin = (cost: number, viewer: typeof VIEWER | null = VIEWER) =>
    answerSteps(answers).didResolveOperation?.({
      contextValue: { viewer, cost },
    } as unknown as ResolvedOperation);

  it('an operation of many points does not start: 503 with Retry-After', () => {
    let refusal: unknown;
    try {
      begin(101);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(GraphQLError);
    const { code, http } = (refusal as GraphQLError).extensions as {
      code: string;
      http: { status: number; headers: Map<string, string> };
    };
    expect([code, http.status, http.headers.get('retry-after')]).toEqual(['OVERLOADED', 503, '1']);
  });

  it('one of few points does, another organization’s, and an introspection', () => {
    begin(100);
    begin(101, { ...VIEWER, organization: { ...VIEWER.organization, id: 'another' } });
    begin(101, null);
  });
});

it.each([
  ['before it was executed', undefined, 'Nothing of this was done.'],
  ['in its transaction', ['a'], 'Nothing of this was done.'],
  ['when all was written', ['a', 'call'], 'This was done, but cannot be shown.'],
])('a mutation that is refused %s reports it', (_when, path, words) => {
  const error = { message: 'Full', extensions: { code: 'OVERLOADED' }, ...(path && { path }) };
  const singleResult: { errors: { message: string }[] } = { errors: [error] };
  const answers = new Answers({ answerMaxBytes: 1_000_000, answersMaxBytes: 1_000_000 });
  answerSteps(answers).willSendResponse?.({
    contextValue: { viewer: VIEWER },
    operation: { operation: 'mutation' },
    response: { body: { kind: 'single', singleResult } },
  } as unknown as Sending);
  expect(singleResult.errors.map(({ message }) => message)).toEqual([`${words} Full`]);
});
