import { configs, parser, rules } from '@graphql-eslint/eslint-plugin';
import { Linter } from 'eslint';
import { describe, expect, it } from 'vitest';
import { printPublicSchema } from '../../src/graphql-server/schema/schema.js';

const RECOMMENDED = {
  ...configs['flat/schema-recommended'].rules,
  ...configs['flat/schema-relay'].rules,
};

/** The rules that the schema does not follow as they come, or not everywhere, each with the reason. */
const EXCEPTIONS: Record<string, { why: string; options?: object; lines?: readonly string[] }> = {
  '@graphql-eslint/relay-edge-types': {
    why: 'Lists that are never long, such as errors, tags, references and the items of a batch, have no pages.',
    options: { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
  },
  '@graphql-eslint/strict-id-in-types': {
    why: 'Only what `node` fetches anew has an id: payloads, pages, figures and the parts of a record have none.',
    options: {
      exceptions: {
        suffixes: ['Payload', 'Connection', 'Edge'],
        types: [
          'AnsweringMachineDetection',
          'Assistant',
          'CallContact',
          'CallCost',
          'CallFacetValue',
          'CallFlowCondition',
          'CallHangup',
          'CallCheckpoint',
          'CallNumber',
          'CallParticipant',
          'CallQuality',
          'CallReference',
          'CallStatistics',
          'CallUpdate',
          'CheckpointPatch',
          'DurationStatistics',
          'MoneyStatistics',
          'PageInfo',
          'PlaybackPrompt',
          'SayPrompt',
          'SipInsights',
          'TranscriptLine',
          'UserError',
        ],
      },
    },
  },
  '@graphql-eslint/no-typename-prefix': {
    why: "The vendors' own words: Burki's `assistant_id`, and Bird's `callFlow`.",
    lines: ['assistantId', 'callFlow', 'callFlows'],
  },
};

function problemsOf(sdl: string): string[] {
  const settings = Object.entries(RECOMMENDED).map(([rule, setting]) => {
    const options = EXCEPTIONS[rule]?.options;
    return [rule, options === undefined ? setting : ['error', options]];
  });
  const messages = new Linter().verify(
    sdl,
    [
      {
        files: ['**/*.graphql'],
        plugins: { '@graphql-eslint': { rules } },
        languageOptions: { parser, parserOptions: { graphQLConfig: { schema: sdl } } },
        rules: Object.fromEntries(settings),
      },
    ] as Linter.Config[],
    'schema.graphql',
  );
  return messages
    .filter(({ ruleId, message }) => {
      const [, field = ''] = /"(\w+)"/.exec(message) ?? [];
      return EXCEPTIONS[ruleId ?? '']?.lines?.includes(field) !== true;
    })
    .map(({ ruleId, line, message }) => `${line}: ${ruleId}: ${message}`);
}

describe("graphql-eslint's rules for schemas and for Relay", () => {
  it('hold, but for the exceptions', () => {
    expect(problemsOf(printPublicSchema())).toEqual([]);
  });

  it.each([
    ['a type without a description', 'type Stray { id: ID! }', 'require-description'],
    [
      'a connection without edges',
      '"""x"""\ntype StrayConnection { pageInfo: PageInfo! }',
      'relay-connection-types',
    ],
    ['a record without an id', '"""x"""\ntype Stray { name: String }', 'strict-id-in-types'],
    [
      'a field that repeats its type',
      '"""x"""\ntype Stray { id: ID! strayName: String }',
      'no-typename-prefix',
    ],
  ])('notice %s', (_, more, rule) => {
    expect(problemsOf(`${printPublicSchema()}\n${more}\n`).join('\n')).toContain(`@graphql-eslint/${rule}`);
  });

  it('have no exception that is not needed', () => {
    expect(Object.keys(EXCEPTIONS).filter((rule) => !(rule in RECOMMENDED))).toEqual([]);
  });
});
