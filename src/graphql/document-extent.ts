import { type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { type GraphqlLimits, overLimit, refusal } from './limits.js';
import type { Fragments } from './selections.js';

/** Lists of the introspection by which a schema that refers to itself is unrolled. */
const UNROLLING: ReadonlySet<string> = new Set(['fields', 'interfaces', 'possibleTypes', 'inputFields']);

/** Selections in one another, those of fragments too: bounds the recursion, as Apollo Router does. */
const MAX_LEVELS = 500;

/** What selections come to with the fragments in their places. */
export interface Extent {
  depth: number;
  fields: number;
  /** UNROLLING lists in one another. */
  unrolled: number;
}

/** Measures a document's selections, and looks at each fragment once. */
export class Extents {
  readonly #limits: GraphqlLimits;
  readonly #fragments: Fragments;
  /** Null for one that is being looked at. */
  readonly #known = new Map<string, Extent | null>();

  constructor(fragments: Fragments, limits: GraphqlLimits) {
    this.#fragments = fragments;
    this.#limits = limits;
  }

  /** @throws what is refused: a circle of fragments, introspection that goes too deep or is switched off */
  of({ selections }: SelectionSetNode, level = 0): Extent {
    if (level > MAX_LEVELS) throw overLimit(this.#limits, 'graphqlMaxDepth', level);
    const extent: Extent = { depth: 0, fields: 0, unrolled: 0 };
    for (const selection of selections) {
      const own =
        selection.kind === Kind.FIELD
          ? this.#ofField(selection, level)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? this.of(selection.selectionSet, level + 1)
            : this.ofFragment(selection.name.value, level + 1);
      extent.depth = Math.max(extent.depth, own.depth);
      extent.unrolled = Math.max(extent.unrolled, own.unrolled);
      extent.fields += own.fields;
    }
    return extent;
  }

  ofFragment(name: string, level = 0): Extent {
    const known = this.#known.get(name);
    if (known === null) {
      throw refusal(
        'FRAGMENT_CYCLE',
        'A fragment cannot be spread within itself, nor within what it spreads.',
      );
    }
    if (known !== undefined) return known;
    const fragment = this.#fragments.get(name);
    // That there is none is for the validation to say.
    if (fragment === undefined) return { depth: 0, fields: 0, unrolled: 0 };
    this.#known.set(name, null);
    const extent = this.of(fragment.selectionSet, level);
    this.#known.set(name, extent);
    return extent;
  }

  #ofField({ name: { value: name }, selectionSet }: FieldNode, level: number): Extent {
    const isIntrospection = name === '__schema' || name === '__type';
    if (isIntrospection && !this.#limits.graphqlIntrospection) {
      throw refusal(
        'INTROSPECTION_DISABLED',
        'The schema is not shown here: __schema and __type are refused.',
      );
    }
    const { depth, fields, unrolled } =
      selectionSet === undefined ? { depth: 0, fields: 0, unrolled: 0 } : this.of(selectionSet, level + 1);
    if (isIntrospection && unrolled > this.#limits.graphqlMaxIntrospectionDepth) {
      throw overLimit(this.#limits, 'graphqlMaxIntrospectionDepth', unrolled);
    }
    return { depth: depth + 1, fields: fields + 1, unrolled: unrolled + (UNROLLING.has(name) ? 1 : 0) };
  }
}
