import { registerEnumType } from 'type-graphql';

/**
 * Publishes a union of words as a GraphQL enum and answers with the object that fields name as their type.
 * The words themselves live in plain modules, so that services do not need GraphQL; the compiler checks
 * that each of them is described here.
 */
export function publishEnum<Word extends string>(
  name: string,
  description: string,
  words: Record<Word, string>,
): Record<Word, Word> {
  const entries = Object.entries<string>(words) as [Word, string][];
  const published = Object.fromEntries(entries.map(([word]) => [word, word])) as Record<Word, Word>;
  const valuesConfig = Object.fromEntries(entries.map(([word, about]) => [word, { description: about }]));
  registerEnumType<Record<string, string>>(published, { name, description, valuesConfig });
  return published;
}
