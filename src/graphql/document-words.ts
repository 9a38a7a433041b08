import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Fragments } from './selections.js';

/** What is written in a definition itself. */
interface Words {
  aliases: number;
  directives: number;
  spreads: Set<string>;
}

/** Counts what is written in a document's operations. */
export class WrittenWords {
  readonly #fragments: Fragments;
  readonly #known = new Map<FragmentDefinitionNode, Words>();

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  /** In an operation, and in the fragments that it uses, each once. */
  of(operation: OperationDefinitionNode): { aliases: number; directives: number } {
    const sum = { ...wordsIn(operation) };
    // What is added while it is walked is walked too.
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
