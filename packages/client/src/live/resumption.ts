import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import { RESUMABLE } from '../generated/subscriptions.js';
import type { LiveRequest, LiveResult } from './live-values.js';

type Variables = Record<string, unknown>;

/** How an operation is sent so that it can go on after a cursor. */
export interface Resumption {
  query: string;
  /** Whether its changes have cursors; otherwise it begins anew after a cut. */
  isResumable: boolean;
  /** The cursor that the caller begins after. */
  begin: string | null;
  variablesAfter(cursor: string | null): Variables | null;
  cursorIn(result: LiveResult): string | null;
  /** The result without what was added to the document. */
  shown(result: LiveResult): LiveResult;
}

const OWN_VARIABLE = 'switchboardAfter';
const OWN_ALIAS = 'switchboardCursor';

/**
 * A document that selects `cursor` and has a variable for `after` alone is sent as it is, so that a gateway that knows its
 * documents beforehand takes it. Others get what they lack.
 */
export function resumptionOf({ query, variables = null, operationName }: LiveRequest): Resumption {
  const document = typeof query === 'string' ? parsed(query) : query;
  const operation = document && operationIn(document, operationName ?? null);
  const fields = document && operation ? rootFields(document, operation.selectionSet) : [];
  const [field] = fields;
  if (!document || !operation || fields.length !== 1 || !field || !RESUMABLE.includes(field.name.value)) {
    return asItIs(typeof query === 'string' ? query : print(query), variables);
  }
  const given = field.arguments?.find(({ name }) => name.value === 'after')?.value;
  const isVariable = given?.kind === Kind.VARIABLE && timesUsed(document, given.name.value) === 1;
  const variable = isVariable ? given.name.value : OWN_VARIABLE;
  const found = field.selectionSet && cursorKeyIn(document, field.selectionSet);
  const cursorKey = found ?? OWN_ALIAS;
  const rootKey = field.alias?.value ?? field.name.value;
  const changeIn = ({ data }: LiveResult) => (data?.[rootKey] ?? null) as Variables | null;
  return {
    query:
      isVariable && found !== null
        ? textOf(query)
        : print(completed(document, operation, field, { isVariable, hasCursor: found !== null })),
    isResumable: true,
    begin: beginOf(operation, given, variables),
    variablesAfter: (cursor) => (cursor === null ? variables : { ...variables, [variable]: cursor }),
    cursorIn: (result) => {
      const cursor = changeIn(result)?.[cursorKey];
      return typeof cursor === 'string' ? cursor : null;
    },
    shown: (result) => {
      const change = changeIn(result);
      if (found !== null || change === null) return result;
      const { [OWN_ALIAS]: _, ...shown } = change;
      return { ...result, data: { ...result.data, [rootKey]: shown } };
    },
  };
}

const asItIs = (query: string, variables: Variables | null): Resumption => ({
  query,
  isResumable: false,
  begin: null,
  variablesAfter: () => variables,
  cursorIn: () => null,
  shown: (result) => result,
});

const textOf = (query: string | DocumentNode) => (typeof query === 'string' ? query : print(query));

/** What cannot be parsed is sent as it is: the gateway says what is wrong with it. */
function parsed(query: string): DocumentNode | null {
  try {
    return parse(query, { noLocation: true });
  } catch {
    return null;
  }
}

function operationIn(document: DocumentNode, name: string | null): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  return operations.find((each) => name === null || each.name?.value === name);
}

const fragmentIn = (document: DocumentNode, name: string): FragmentDefinitionNode | undefined =>
  document.definitions
    .filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
    .find((each) => each.name.value === name);

function rootFields(document: DocumentNode, { selections }: SelectionSetNode): FieldNode[] {
  return selections.flatMap((each) => {
    if (each.kind === Kind.FIELD) return each.name.value === '__typename' ? [] : [each];
    if (each.kind === Kind.INLINE_FRAGMENT) return rootFields(document, each.selectionSet);
    const fragment = fragmentIn(document, each.name.value);
    return fragment ? rootFields(document, fragment.selectionSet) : [];
  });
}

/** The key of `cursor` in the answer, if the answer surely has it. */
function cursorKeyIn(document: DocumentNode, { selections }: SelectionSetNode): string | null {
  for (const each of selections) {
    if ((each.directives ?? []).length > 0) continue;
    if (each.kind === Kind.FIELD) {
      if (each.name.value === 'cursor') return each.alias?.value ?? 'cursor';
      continue;
    }
    const inner = each.kind === Kind.INLINE_FRAGMENT ? each : fragmentIn(document, each.name.value);
    const key = inner ? cursorKeyIn(document, inner.selectionSet) : null;
    if (key !== null) return key;
  }
  return null;
}

function timesUsed(document: DocumentNode, variable: string): number {
  let times = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      if (name.value === variable) times += 1;
    },
  });
  return times;
}

function beginOf(
  operation: OperationDefinitionNode,
  given: NonNullable<FieldNode['arguments']>[number]['value'] | undefined,
  variables: Variables | null,
): string | null {
  if (given?.kind === Kind.STRING) return given.value;
  if (given?.kind !== Kind.VARIABLE) return null;
  const value = variables?.[given.name.value];
  if (value !== undefined) return typeof value === 'string' ? value : null;
  const fallback = operation.variableDefinitions?.find(
    ({ variable }) => variable.name.value === given.name.value,
  )?.defaultValue;
  return fallback?.kind === Kind.STRING ? fallback.value : null;
}

function completed(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  field: FieldNode,
  { isVariable, hasCursor }: { isVariable: boolean; hasCursor: boolean },
): DocumentNode {
  const nameOf = (value: string) => ({ kind: Kind.NAME, value }) as const;
  const variable = { kind: Kind.VARIABLE, name: nameOf(OWN_VARIABLE) } as const;
  const after = { kind: Kind.ARGUMENT, name: nameOf('after'), value: variable } as const;
  const definition: VariableDefinitionNode = {
    kind: Kind.VARIABLE_DEFINITION,
    variable,
    type: { kind: Kind.NAMED_TYPE, name: nameOf('String') },
  };
  const cursor = { kind: Kind.FIELD, alias: nameOf(OWN_ALIAS), name: nameOf('cursor') } as const;
  const selections = field.selectionSet?.selections ?? [];
  const full: FieldNode = {
    ...field,
    ...(!isVariable && {
      arguments: [...(field.arguments ?? []).filter(({ name }) => name.value !== 'after'), after],
    }),
    ...(!hasCursor && {
      selectionSet: { kind: Kind.SELECTION_SET, selections: [...selections, cursor] },
    }),
  };
  return visit(document, {
    Field: (node) => (node === field ? full : undefined),
    OperationDefinition: {
      leave: (node) =>
        isVariable || node.name?.value !== operation.name?.value
          ? undefined
          : { ...node, variableDefinitions: [...(node.variableDefinitions ?? []), definition] },
    },
  });
}
