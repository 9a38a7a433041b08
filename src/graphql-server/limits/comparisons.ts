import { type FieldNode, Kind, type SelectionSetNode, type ValueNode } from 'graphql';
import { type Fragments, type Occurrence, selectedFields } from './selections.js';

/** Counts the comparisons by which graphql-js checks that fields can merge. Stops above `most`. */
export function comparisonsIn(root: SelectionSetNode, fragments: Fragments, most: number): number {
  let sum = 0;
  const pending: SelectionSetNode[][] = [[root]];
  for (let sets = pending.pop(); sets !== undefined && sum <= most; sets = pending.pop()) {
    const { fields, spreads } = selectedFields(sets, fragments);
    sum += pairsOf(spreads);
    for (const occurrences of fields.values()) {
      if (occurrences.length > 1) sum += pairsOf(occurrences.length) * sizeOfArguments(occurrences);
      const below = occurrences.flatMap(({ field }) => field.selectionSet ?? []);
      if (below.length > 0) pending.push(below);
    }
  }
  return sum;
}

const pairsOf = (count: number) => (count * (count - 1)) / 2;

function sizeOfArguments(occurrences: Occurrence[]): number {
  const values = occurrences.reduce((sum, { field }) => sum + valuesIn(field), 0);
  return 1 + values / occurrences.length;
}

function valuesIn({ arguments: args = [] }: FieldNode): number {
  const values: ValueNode[] = args.map(({ value }) => value);
  for (const value of values) {
    if (value.kind === Kind.LIST) values.push(...value.values);
    else if (value.kind === Kind.OBJECT) values.push(...value.fields.map((field) => field.value));
  }
  return values.length;
}
