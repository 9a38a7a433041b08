import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { Answers } from '../../src/db/answers.js';
import { answerSteps } from '../../src/graphql/answer-steps.js';
import type { ResolvedOperation } from '../../src/graphql/request-steps.js';
import { VIEWER } from './fake-context.js';

describe('while there is no room for large answers', () => {
  const answers = new Answers({ answerMaxBytes: 1_000_000, answersMaxBytes: 1_000_000 });
  answers.open(VIEWER.organization.id, 'key').read(500_001);
  const begin = (cost: number, viewer: typeof VIEWER | null = VIEWER) =>
    answerSteps(answers).didResolveOperation?.({
      contextValue: { viewer, cost },
    } as unknown as ResolvedOperation);

  it('an operation of many points does not begin: 503 with Retry-After', () => {
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
