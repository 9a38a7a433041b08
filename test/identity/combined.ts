import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import type { Variables } from '../support/gateway.js';
import type { Asking } from './root-fields.js';
import type { Names } from './world.js';

/** One request that asks for several root fields. */
export interface Combined {
  document: string;
  variables: Variables;
  /** Which field stands under which key of the answer. */
  fields: Map<string, string>;
}

/** Fields of one request; a gateway has a limit to them. */
const MOST_FIELDS = 10;

/** Puts askings of one operation into as few requests as may be: each under a key, and with variables, of its own. */
export function combine(askings: Asking[], names: Names): Combined[] {
  const chunks = Array.from({ length: Math.ceil(askings.length / MOST_FIELDS) }, (_, index) =>
    askings.slice(index * MOST_FIELDS, (index + 1) * MOST_FIELDS),
  );
  return chunks.map((chunk) => combineAll(chunk, names));
}

function combineAll(askings: Asking[], names: Names): Combined {
  const selections: FieldNode[] = [];
  const definitions: VariableDefinitionNode[] = [];
  const variables: Variables = {};
  const fields = new Map<string, string>();
  let operation: OperationDefinitionNode | undefined;
  for (const [index, asking] of askings.entries()) {
    const renamed = visit(parse(asking.document), {
      Variable: (node) => ({ ...node, name: { ...node.name, value: `${node.name.value}${index}` } }),
    });
    operation = renamed.definitions[0] as OperationDefinitionNode;
    const [field] = operation.selectionSet.selections as FieldNode[];
    if (field === undefined) throw new Error(`${asking.document} asks for nothing`);
    const key = `${asking.field}${index}`;
    selections.push({ ...field, alias: { kind: Kind.NAME, value: key } });
    definitions.push(...(operation.variableDefinitions ?? []));
    for (const [name, value] of Object.entries(asking.variables(names))) variables[`${name}${index}`] = value;
    fields.set(key, asking.field);
  }
  if (operation === undefined) throw new Error('there is nothing to ask for');
  const document = print({
    ...operation,
    variableDefinitions: definitions,
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  });
  return { document, variables, fields };
}
