import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Fragments } from './selections.js';

interface Words {
  aliases: number;
  directives: number;
  spreads: Set<string>;
}

export class WrittenWords {
  readonly #fragments: Fragments;
  readonly #known = new Map<FragmentDefinitionNode, Words>();

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  of(operation: OperationDefinitionNode): { aliases: number; directives: number } {
    const sum = { ...wordsIn(operation) };
    for (const name of sum.spreads) {
      const fragment = this.#fragments.get(name);
      if (fragment === undefined) continue;
      const words = this.#wordsIn(fragment);
      sum.aliases += words.aliases;
      sum.directives += words.directives;
      for (const each of words.spreads) sum.spreads.add(each);
    }
    return sum;
  }

  #wordsIn(fragment: FragmentDefinitionNode): Words {
    const words = this.#known.get(fragment) ?? wordsIn(fragment);
    this.#known.set(fragment, words);
    return words;
  }
}

function wordsIn(definition: OperationDefinitionNode | FragmentDefinitionNode): Words {
  const words: Words = { aliases: 0, directives: 0, spreads: new Set() };
  const parts = [definition, ...(definition.variableDefinitions ?? [])];
  words.directives = parts.reduce((sum, { directives = [] }) => sum + directives.length, 0);
  addFrom(definition.selectionSet, words);
  return words;
}

function addFrom({ selections }: SelectionSetNode, words: Words): void {
  for (const selection of selections) {
    words.directives += selection.directives?.length ?? 0;
    if (selection.kind === Kind.FRAGMENT_SPREAD) words.spreads.add(selection.name.value);
    else {
      if (selection.kind === Kind.FIELD && selection.alias !== undefined) words.aliases += 1;
      if (selection.selectionSet !== undefined) addFrom(selection.selectionSet, words);
    }
  }
}
