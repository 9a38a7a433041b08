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

/** A field where it is written, with what leads to it from the place that it belongs to. */
export interface Occurrence {
  field: FieldNode;
  /** The type that the nearest fragment is for; undefined for the place's own. */
  on: string | undefined;
  /** Its own directives and those of the fragments around it. */
  directives: readonly DirectiveNode[];
}

/** A place of the answer: what all its fields select, with that of its fragments. */
export interface Place {
  /** By the name that the answer has them under. */
  fields: Map<string, Occurrence[]>;
  /** How many fragments are spread here. */
  spreads: number;
}

/**
 * The fields of one place, of however many selections: graphql-js merges them in the same way when it executes them. The
 * fragments must not run in a circle.
 */
export function placeOf(sets: readonly SelectionSetNode[], fragments: Fragments): Place {
  const place: Place = { fields: new Map(), spreads: 0 };
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
        const others = place.fields.get(name);
        if (others === undefined) place.fields.set(name, [occurrence]);
        else others.push(occurrence);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        add(selection.selectionSet, selection.typeCondition?.name.value ?? on, directives);
      } else if (!spread.has(selection.name.value)) {
        place.spreads += 1;
        // Spread under a condition it may be left out, and does not stand for the next one.
        if (directives.length === 0) spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) add(fragment.selectionSet, fragment.typeCondition.name.value, directives);
      }
    }
  };
  for (const set of sets) add(set, undefined, []);
  return place;
}
