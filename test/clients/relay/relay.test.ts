import { readFileSync } from 'node:fs';
import { Kind, parse, print, validate, visit } from 'graphql';
import { expect, it } from 'vitest';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import { keepsListsRight, ONE } from '../kept-right.js';
import { open } from './open.js';
import { OPERATIONS } from './operations.js';

it('what Relay has compiled are the operations beside it, and the schema has their fields', () => {
  const source = readFileSync(new URL('operations.graphql', import.meta.url), 'utf8');
  const __typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const;
  const sent = visit(parse(source), {
    Directive: () => null,
    Field: (field) =>
      field.name.value !== 'node' || field.selectionSet === undefined
        ? undefined
        : {
            ...field,
            selectionSet: {
              ...field.selectionSet,
              selections: [...field.selectionSet.selections, __typename],
            },
          },
  });
  const texts = Object.values(OPERATIONS).map(({ params }) => params.text ?? '');
  expect(texts.map((text) => print(parse(text)))).toEqual(
    sent.definitions.map((definition) => print(definition)),
  );
  for (const text of texts) expect(validate(publicSchema(), parse(text))).toEqual([]);
});

keepsListsRight('Relay', open, ONE);
