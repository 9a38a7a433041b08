import { type FieldNode, Kind, type SelectionSetNode, type ValueNode } from 'graphql';
import { type Fragments, type Occurrence, placeOf } from './selections.js';

/**
 * How much graphql-js will compare to say whether fields under one name can be merged: each with each other, with their
 * arguments, and each fragment with each other. Counting ends behind `most`.
 */
export function comparisonsIn(root: SelectionSetNode, fragments: Fragments, most: number): number {
  let sum = 0;
  const places: SelectionSetNode[][] = [[root]];
  for (let sets = places.pop(); sets !== undefined && sum <= most; sets = places.pop()) {
    const { fields, spreads } = placeOf(sets, fragments);
    sum += pairsOf(spreads);
    for (const occurrences of fields.values()) {
      if (occurrences.length > 1) sum += pairsOf(occurrences.length) * sizeOfArguments(occurrences);
      const below = occurrences.flatMap(({ field }) => field.selectionSet ?? []);
      if (below.length > 0) places.push(below);
    }
  }
  return sum;
}

const pairsOf = (count: number) => (count * (count - 1)) / 2;

/** On the average, and 1 for fields without. */
function sizeOfArguments(occurrences: Occurrence[]): number {
  const values = occurrences.reduce((sum, { field }) => sum + valuesIn(field), 0);
  return 1 + values / occurrences.length;
}

function valuesIn({ arguments: given = [] }: FieldNode): number {
  const values: ValueNode[] = given.map(({ value }) => value);
  for (const value of values) {
    if (value.kind === Kind.LIST) values.push(...value.values);
    else if (value.kind === Kind.OBJECT) values.push(...value.fields.map((field) => field.value));
  }
  return values.length;
}
