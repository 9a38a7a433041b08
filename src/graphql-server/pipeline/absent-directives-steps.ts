import { GraphQLError } from 'graphql';
import type { RequestSteps } from './request-steps.js';

/** Clients that use these directives learn more than that they are unknown. */
export const absentDirectivesSteps: RequestSteps = {
  validationDidFail(_, errors) {
    for (const error of errors) {
      if (error instanceof GraphQLError && ABSENT.test(error.message)) error.message += NOT_SERVED;
    }
  },
};

const ABSENT = /^Unknown directive "@(?:defer|stream)"/;
const NOT_SERVED = ' Every operation is answered whole: there is no incremental delivery.';
