/** The tabs of a first visit, which work on the example calls of a new embedded database. */
export const OPERATIONS: readonly string[] = [
  `# Paste the key after "Bearer " in the headers below,
# then press the pink button, or Ctrl-Enter.
# Ctrl-Space completes what you type.
query FindByMetadata {
  calls(
    filter: {
      metadata: {
        contains: { customer_id: "cust_abc123" }
      }
    }
    orderBy: { field: STARTED_AT }
    first: 10
  ) {
    totalCount
    nodes {
      id
      status
      startedAt
      metadata
      revision
    }
  }
}
`,
  `# Keeps what the patch does not name,
# and removes what it sets to null.
mutation MergeMetadata {
  mergeCallMetadata(
    call: {
      reference: {
        system: BURKI
        name: "id"
        value: "101"
      }
    }
    metadata: { ticket_id: "TICKET-456", outcome: null }
  ) {
    call { id metadata revision }
    errors { code message path }
  }
}
`,
  `# Bird is sent the new flow if the organization has
# an account there.
mutation ReplaceFlow {
  replaceCallFlow(
    call: {
      reference: {
        system: BIRD
        name: "id"
        value: "a78dd93c-08fb-450b-8651-0def9cf77cf9"
      }
    }
    commands: [
      { answer: {} }
      { say: { text: "Call later.", locale: "en-GB" } }
      { hangup: {} }
    ]
  ) {
    callFlow { revision commands { command status } }
    errors { code message path }
  }
}
`,
  `# Runs until you stop it: merge metadata in a second
# window, and the change arrives here.
subscription WatchLive {
  callsChanged {
    cursor
    kind
    call { id metadata revision }
  }
}
`,
];
