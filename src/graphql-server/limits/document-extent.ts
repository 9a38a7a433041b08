import { type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { type GraphqlLimits, overLimit, refusal } from './limits.js';
import type { Fragments } from './selections.js';

const UNROLLING: ReadonlySet<string> = new Set(['fields', 'interfaces', 'possibleTypes', 'inputFields']);

/** Bounds the recursion through fragments, as Apollo Router does. */
const MAX_LEVELS = 500;

export interface Extent {
  depth: number;
  fields: number;
  unrolled: number;
}

export class Extents {
  readonly #limits: GraphqlLimits;
  readonly #fragments: Fragments;
  readonly #known = new Map<string, Extent | null>();

  constructor(fragments: Fragments, limits: GraphqlLimits) {
    this.#fragments = fragments;
    this.#limits = limits;
  }

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
        'A fragment must not spread itself, directly or through other fragments.',
      );
    }
    if (known !== undefined) return known;
    const fragment = this.#fragments.get(name);
    if (fragment === undefined) return { depth: 0, fields: 0, unrolled: 0 };
    this.#known.set(name, null);
    const extent = this.of(fragment.selectionSet, level);
    this.#known.set(name, extent);
    return extent;
  }

  #ofField({ name: { value: name }, selectionSet }: FieldNode, level: number): Extent {
    const isIntrospection = name === '__schema' || name === '__type';
    if (isIntrospection && !this.#limits.graphqlIntrospection) {
      throw refusal('INTROSPECTION_DISABLED', 'Introspection is disabled: __schema and __type are refused.');
    }
    const { depth, fields, unrolled } =
      selectionSet === undefined ? { depth: 0, fields: 0, unrolled: 0 } : this.of(selectionSet, level + 1);
    if (isIntrospection && unrolled > this.#limits.graphqlMaxIntrospectionDepth) {
      throw overLimit(this.#limits, 'graphqlMaxIntrospectionDepth', unrolled);
    }
    return { depth: depth + 1, fields: fields + 1, unrolled: unrolled + (UNROLLING.has(name) ? 1 : 0) };
  }
}
