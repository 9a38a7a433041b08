import { createHash } from 'node:crypto';
import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../graphql/context.js';
import { encodeId } from '../graphql/ids.js';
import type { Viewer as SignedIn } from './viewer.js';
import { Viewer } from './viewer.type.js';

@Resolver(() => Viewer)
export class ViewerResolver {
  @Authorized()
  @Query(() => Viewer, {
    nullable: true,
    description:
      'Who is asking; needs a key, but no scope. E.g. `{ viewer { name scopes organization { slug } } }`.',
  })
  viewer(@Ctx() { viewer }: Context) {
    return viewer;
  }

  @FieldResolver()
  id(@Root() { keyId }: SignedIn) {
    return keyId.startsWith(PERSON) ? encodeId('person', uuidFor(keyId)) : encodeId('api_key', keyId);
  }
}

const PERSON = 'person:';

/** An issuer's subject may be an address: the id does not show it. */
const uuidFor = (text: string): string =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
