import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

export function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

export interface Occurrence {
  field: FieldNode;
  on: string | undefined;
  directives: readonly DirectiveNode[];
}

export interface SelectedFields {
  fields: Map<string, Occurrence[]>;
  spreads: number;
}

export function selectedFields(sets: readonly SelectionSetNode[], fragments: Fragments): SelectedFields {
  const selected: SelectedFields = { fields: new Map(), spreads: 0 };
  const spread = new Set<string>();
  const add = (
    { selections }: SelectionSetNode,
    on: string | undefined,
    around: readonly DirectiveNode[],
  ) => {
    for (const selection of selections) {
      const { directives: own = [] } = selection;
      const directives = own.length === 0 ? around : [...around, ...own];
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        const occurrence = { field: selection, on, directives };
        const others = selected.fields.get(name);
        if (others === undefined) selected.fields.set(name, [occurrence]);
        else others.push(occurrence);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        add(selection.selectionSet, selection.typeCondition?.name.value ?? on, directives);
      } else if (!spread.has(selection.name.value)) {
        selected.spreads += 1;
        // A conditional spread may be skipped, so it does not stand for the next one.
        if (directives.length === 0) spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) add(fragment.selectionSet, fragment.typeCondition.name.value, directives);
      }
    }
  };
  for (const set of sets) add(set, undefined, []);
  return selected;
}
