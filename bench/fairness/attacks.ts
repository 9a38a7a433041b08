/** What one tenant may ask for that keeps a gateway busy. */
export interface Attack {
  name: string;
  /** Requests under way at once. */
  connections: number;
  /** The body of a request: each has values of its own by its number. */
  body(number: number): string;
}

/** What the attacker's organization has. */
export interface Target {
  /** A call with many children, and one that is as any other. */
  parent: string;
  call: string;
  run: string;
}

const ask = (query: string, variables?: object): string => JSON.stringify({ query, variables });

const aliased = (count: number, field: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field(index)}`).join(' ');

const reference = (value: string) => `{ system: OTHER, name: "case", value: "${value}" }`;

const BATCH = `mutation ($inputs: [UpsertCallInput!]!) {
  upsertCalls(inputs: $inputs) { created call { id } errors { code } }
}`;

function batch(run: string, number: number): string {
  const inputs = Array.from({ length: 500 }, (_, index) => ({
    references: [{ system: 'OTHER', name: 'case', value: `${run}-${number}-${index}` }],
    from: '+12125550100',
    status: 'RINGING',
    metadata: { ticket: { queue: 'fairness', number: index }, note: 'x'.repeat(200) },
  }));
  return ask(BATCH, { inputs });
}

function mergeBatch(call: string, number: number): string {
  const items = Array.from({ length: 500 }, (_, index) => ({
    call: { id: call },
    metadata: { [`k${index}`]: number },
  }));
  return ask(
    'mutation ($items: [MergeCallMetadataItem!]!) { mergeCallsMetadata(items: $items) { errors { code } } }',
    { items },
  );
}

/** A document that nobody has sent before, as large as it may be. */
function newDocument(run: string, number: number): string {
  const field = (index: number) =>
    `calls(first: 1, filter: { from: "${run}-${number}-${index}" }) { nodes { id status } }`;
  const padding = Array.from({ length: 60 }, (_, index) => `f${index}_${number}: __typename`).join(' ');
  return ask(`{ ${aliased(4, field)} viewer { ${padding} } }`);
}

const NODE = 'id status direction from to metadata revision createdAt updatedAt';

export const attacksOn = ({ parent, call, run }: Target): Attack[] => [
  {
    name: '60 totals, 40 at once',
    connections: 40,
    body: (number) =>
      ask(
        `{ ${aliased(60, (index) => `calls(filter: { duration: { min: ${index + (number % 7)} } }) { totalCount }`)} }`,
      ),
  },
  { name: 'upserts of 500, 16 at once', connections: 16, body: (number) => batch(run, number) },
  { name: '500 merges of one call, 16 at once', connections: 16, body: (number) => mergeBatch(call, number) },
  {
    name: 'match rules over 15,000 events, 8 at once',
    connections: 8,
    body: (number) =>
      ask(`mutation {
        createMatchRule(input: { name: "r${run}-${number}", metadataPath: ["caller"], callField: CUSTOMER_NUMBER }) {
          matchRule { id } errors { code }
        }
      }`),
  },
  {
    name: 'joins, 20 a request, 16 at once',
    connections: 16,
    body: (number) => {
      const name = (index: number, side: string) => reference(`${run}-j${number}-${index}-${side}`);
      const pairs = Array.from({ length: 20 }, (_, index) => index);
      const inputs = pairs.flatMap((index) =>
        ['a', 'b'].map((side) => `{ references: [${name(index, side)}] }`),
      );
      const joins = pairs.map(
        (index) =>
          `j${index}: joinCalls(call: { reference: ${name(index, 'a')} }, duplicate: { reference: ${name(index, 'b')} }) { errors { code } }`,
      );
      return ask(`mutation { upsertCalls(inputs: [${inputs.join(' ')}]) { created } ${joins.join(' ')} }`);
    },
  },
  {
    name: 'one hot call, 64 at once',
    connections: 64,
    body: (number) =>
      ask(
        'mutation ($call: CallLocator!, $metadata: JSONObject!) { mergeCallMetadata(call: $call, metadata: $metadata) { call { revision } } }',
        {
          call: { id: call },
          metadata: { hot: number },
        },
      ),
  },
  {
    name: 'queries of maximal cost, 16 at once',
    connections: 16,
    body: () =>
      ask(
        `{ ${aliased(4, () => `call(id: "${parent}") { children(first: 200) { nodes { parent { children(first: 200) { nodes { ${NODE} } } } } } }`)} }`,
      ),
  },
  {
    name: 'calls by id, 64 at once',
    connections: 64,
    body: () => ask('query ($id: ID!) { call(id: $id) { id status metadata } }', { id: call }),
  },
  {
    name: 'calls by id, 1,000 at once',
    connections: 1_000,
    body: () => ask('query ($id: ID!) { call(id: $id) { id status metadata } }', { id: call }),
  },
  {
    name: 'pages of 200 with all they show, 64 at once',
    connections: 64,
    body: () =>
      ask(
        `{ calls(first: 200) { nodes { ${NODE} references { system name value } voiceCall { id status } history(first: 5) { nodes { id patch } } } } }`,
      ),
  },
  {
    name: 'filters on metadata that find nothing, 40 at once',
    connections: 40,
    body: (number) =>
      ask(`query ($filter: CallFilter) { calls(filter: $filter, first: 50) { nodes { id } } }`, {
        filter: { metadata: { contains: { ticket: { queue: `none-${number}` } } }, duration: { min: 1 } },
      }),
  },
  { name: 'new documents, 40 at once', connections: 40, body: (number) => newDocument(run, number) },
  {
    name: 'bodies of 3 MB, 16 at once',
    connections: 16,
    body: (number) =>
      ask('query ($id: ID!) { call(id: $id) { id } }', {
        id: call,
        more: Array(9_000).fill(`${number}`.padEnd(330, 'x')),
      }),
  },
];
