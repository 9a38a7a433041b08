import { registerEnumType } from 'type-graphql';

/** The words live in plain modules, so that services need no GraphQL. Fields name the returned object as their type. */
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
