// Made by generate.mjs from schema.graphql: a change here is lost.
/** Subscriptions that go on after a cursor. */
export const RESUMABLE: readonly string[] = [
  "callChanged",
  "callUpdated",
  "callUpdates",
  "callsChanged",
];
