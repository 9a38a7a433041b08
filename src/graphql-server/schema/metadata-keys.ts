import { type GraphQLSchema, isObjectType } from 'graphql';
import { JsonText } from '../../foundation/json-text.js';
import { badInputIf, badUserInput } from '../../graphql/bad-input.js';
import type { Context } from '../../graphql/context.js';
import { checkStrings } from '../../graphql/input-checks.js';
import type { JsonObject } from '../../graphql/json-object.js';
import { keptKeys } from '../../metadata/kept-keys.js';
import { MOST_METADATA_KEYS } from '../../metadata/metadata.values.js';

interface WithMetadata {
  metadata: JsonText | JsonObject;
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** All calls of a list have the same argument. */
function setOf(keys: readonly string[]): ReadonlySet<string> {
  let set = sets.get(keys);
  if (set === undefined) {
    if (keys.length > MOST_METADATA_KEYS) {
      throw badUserInput(`keys may have at most ${MOST_METADATA_KEYS} items, not ${keys.length}.`);
    }
    badInputIf(checkStrings({ keys }, []));
    set = new Set(keys);
    sets.set(keys, set);
  }
  return set;
}

/**
 * Set on the built schema: TypeGraphQL would make a promise for each call of a list. What is looked through counts as
 * read, though little of it may be shown.
 */
export function keepMetadataKeys(schema: GraphQLSchema): void {
  const type = schema.getType('Call');
  const field = isObjectType(type) ? type.getFields().metadata : undefined;
  if (field === undefined) throw new Error('The schema has no Call.metadata.');
  field.resolve = (
    { metadata }: WithMetadata,
    { keys }: { keys?: readonly string[] | null },
    { viewer }: Context,
  ) => {
    if (keys == null) return metadata;
    const set = setOf(keys);
    const refusal = metadata instanceof JsonText ? viewer.account.read(metadata.length >> 2) : null;
    if (refusal !== null) throw refusal;
    return keptKeys(metadata, set);
  };
}
