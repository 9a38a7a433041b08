import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { clientPreset, config, scalars, typescriptOperations } from '../../../packages/client/src/codegen.js';
import { generator, KIT, sdl } from './generated.js';

const GENERATED = join(KIT, 'src', 'generated');

describe('what is derived from the schema', () => {
  it('is that of schema.graphql now: `npm run build` writes it', async () => {
    const files = (await generator()).generated(sdl);
    expect(readdirSync(GENERATED).toSorted()).toEqual(Object.keys(files).toSorted());
    for (const [name, text] of Object.entries(files)) {
      expect(readFileSync(join(GENERATED, name), 'utf8'), name).toBe(text);
    }
  });

  it('changes with the schema', async () => {
    const { generated } = await generator();
    const changed = sdl
      .replace('\ntype CallCost {', '\ntype CallTotal { amount: Decimal }\n\ntype CallCost {')
      .replace(
        '  cost: CallCost\n',
        '  cost: CallCost\n  total: CallTotal\n  parts(kind: String, first: Int): CallConnection\n',
      );
    const before = generated(sdl);
    const after = generated(changed);
    const added = (name: string) => {
      const old = new Set(before[name]?.split('\n'));
      return after[name]?.split('\n').filter((line) => !old.has(line));
    };
    expect(added('cache-types.ts')).toEqual([
      '  "CallTotal",',
      '  "CallTotal",',
      '  {"type":"Call","field":"parts","keyArgs":["kind"]},',
    ]);
    expect(added('possible-types.ts')).toEqual([]);
  });

  it('needs a type for each scalar', async () => {
    const { generated } = await generator();
    expect(() => generated(`${sdl}\nscalar Duration`)).toThrow(
      'scalars without a type in generate.mjs: Duration',
    );
  });
});

describe('the schema for other tools', () => {
  it('is composed by Apollo’s composition, which refuses the one without the definition of @oneOf', async () => {
    const { printedSchema } = await generator();
    const composed = (text: string) =>
      composeServices([{ name: 'switchboard', url: 'http://calls.example/graphql', typeDefs: parse(text) }]);
    const { errors, supergraphSdl } = composed(printedSchema(sdl));
    expect(errors ?? []).toEqual([]);
    expect(supergraphSdl).toContain('type Call');
    expect(composed(sdl).errors?.map(({ message }) => message)).toContain(
      '[switchboard] Unknown directive "@oneOf".',
    );
  });

  it('uses no directive that it does not define, but those of every tool', async () => {
    const { printedSchema } = await generator();
    const text = printedSchema(sdl);
    const { definitions } = parse(text);
    const defined = definitions.flatMap((each) =>
      each.kind === Kind.DIRECTIVE_DEFINITION ? each.name.value : [],
    );
    expect(defined).toEqual(['oneOf']);
    const used = [...text.replaceAll(/"""[\s\S]*?"""|"[^"\n]*"/g, '').matchAll(/@(\w+)/g)].map(
      ([, name]) => name,
    );
    expect([...new Set(used)].toSorted()).toEqual(['deprecated', 'oneOf', 'specifiedBy']);
    expect(printedSchema(text)).toBe(text);
    expect(Object.keys(buildSchema(text).getTypeMap())).toEqual(Object.keys(buildSchema(sdl).getTypeMap()));
  });
});

const DOCUMENT = `query Calls($filter: CallFilter, $at: DateTime) {
  calls(filter: $filter) { nodes { id status startedAt metadata notificationUrl voiceCall { price fromNumber } } }
  callStatistics(filter: { occurredAt: { from: $at } }) { calls }
}`;

describe('the presets of GraphQL Code Generator', () => {
  const document = { location: 'calls.ts', document: parse(DOCUMENT), rawSDL: DOCUMENT };

  it('write what the clients ask for with every scalar typed', async () => {
    const { printedSchema } = await generator();
    const [output] = Object.entries(clientPreset({ documents: 'src/**/*.ts' }).generates);
    if (output === undefined) throw new Error('the preset generates nothing');
    const [directory, { presetConfig, config: options }] = output;
    const sections = await preset.buildGeneratesSection({
      baseOutputDir: directory,
      config: options,
      presetConfig,
      schema: parse(printedSchema(sdl)),
      documents: [document],
      plugins: [],
      pluginMap: {},
    });
    const types = sections.find(({ filename }) => filename === 'src/gql/graphql.ts');
    if (types === undefined) throw new Error('no types were written');
    const code = (await codegen(types)).replaceAll(/\/\*[\s\S]*?\*\//g, '');
    expect(code).toContain(
      'id: string, status: CallStatus, startedAt: string | null, metadata: Record<string, unknown>',
    );
    expect(code).toContain('notificationUrl: string | null');
    expect(code).toContain('price: string | null, fromNumber: string');
    expect(code).toMatch(/at\?: InputMaybe<Scalars\['DateTime'\]\['input'\]>|at\?: string \| null/);
    expect(code).not.toMatch(/: any\b|input: unknown|output: unknown/);
  });

  it('name every scalar of the schema', () => {
    const custom = parse(sdl).definitions.flatMap((each) =>
      each.kind === Kind.SCALAR_TYPE_DEFINITION ? each.name.value : [],
    );
    expect(Object.keys(scalars).toSorted()).toEqual(custom.toSorted());
  });

  it('take what is added, and are the same for the plugins', () => {
    const { generates } = typescriptOperations({
      documents: 'a.graphql',
      file: 'a.ts',
      config: { onlyOperationTypes: true },
    });
    expect(generates).toEqual({
      'a.ts': {
        plugins: ['typescript', 'typescript-operations'],
        config: { ...config, onlyOperationTypes: true },
      },
    });
  });
});
