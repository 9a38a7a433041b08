/** The tabs of a first visit, which work on the example calls of a new embedded database. */
export const OPERATIONS: readonly string[] = [
  `# Put the key into the headers below, then press the pink button (or Ctrl-Enter).
# Ctrl-Space completes what you type; the book on the left has the whole schema.
query FindByMetadata {
  calls(
    filter: { metadata: { contains: { customer_id: "cust_abc123" } } }
    orderBy: { field: STARTED_AT }
    first: 10
  ) {
    totalCount
    nodes {
      id
      references { system name value }
      status
      startedAt
      duration
      metadata
      revision
    }
  }
}
`,
  `# Keeps what the patch does not name, and removes what it sets to null.
mutation MergeMetadata {
  mergeCallMetadata(
    call: { reference: { system: BURKI, name: "id", value: "101" } }
    metadata: { ticket_id: "TICKET-456", outcome: null }
  ) {
    call { id metadata revision }
    errors { code message path }
  }
}
`,
  `# The vendor is sent the new flow if the organization has an account there.
mutation ReplaceFlow {
  replaceCallFlow(
    call: {
      reference: {
        system: BIRD
        name: "id"
        value: "a78dd93c-08fb-450b-8651-0def9cf77cf9"
      }
    }
    callFlow: [
      { command: SAY, say: { text: "One moment, please.", locale: "en-GB", voice: "female" } }
      { command: HANGUP }
    ]
  ) {
    call { id callFlow { commands { command } } }
    errors { code message path }
  }
}
`,
  `# Runs until you stop it. Merge metadata in a second window, and the change comes here.
subscription WatchLive {
  callsChanged {
    cursor
    kind
    call { id metadata revision }
  }
}
`,
];
