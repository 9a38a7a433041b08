import type { AuthCheckerFn } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { demandScope } from '../../graphql/scope-checks.js';
import type { Scope } from '../../identity/identity.enums.js';
import { unauthenticated } from './sign-in-steps.js';

export const authChecker: AuthCheckerFn<Partial<Context>, Scope> = ({ context }, scopes) => {
  const { viewer } = context;
  if (viewer == null) throw unauthenticated();
  for (const scope of scopes) demandScope(viewer, scope);
  return true;
};
