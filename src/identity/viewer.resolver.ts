import { Authorized, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../graphql/context.js';
import { Viewer } from './viewer.type.js';

@Resolver()
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
}
