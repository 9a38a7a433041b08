import { readFileSync } from 'node:fs';
import type { ConcreteRequest } from 'relay-runtime';

/** What relay-compiler 21.0.1 has made of operations.graphql. */
export const OPERATIONS: Record<'CallListQuery' | 'CallListSubscription', ConcreteRequest> = JSON.parse(
  readFileSync(new URL('operations.json', import.meta.url), 'utf8'),
);
