import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { sender } from '../faults/requests.js';
import { openWorld } from '../faults/world.js';
import { followOver } from '../live/followers.js';
import { openBurki } from '../support/vendors/burki.js';

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  links?: { traceId: string; spanId: string }[];
  parentSpanId?: string;
  kind: number;
  attributes: { key: string; value: Record<string, unknown> }[];
}

/** A collector that stores what it receives. */
async function openCollector(): Promise<{ url: string; spans: Span[]; texts: string[] }> {
  const spans: Span[] = [];
  const texts: string[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    texts.push(text);
    if (request.url === '/v1/traces') {
      for (const { scopeSpans } of JSON.parse(text).resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
    }
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}`, spans, texts };
}

test("with an endpoint, each request is a child span of its caller's, without any values", async () => {
  const collector = await openCollector();
  const world = await openWorld();
  const gateway = await world.start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, LOG_LEVEL: 'info' });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const { headers } = await sender(gateway, world.token)(
    {
      query:
        'query Traced($metadata: JSONObject!) { calls(filter: { metadata: { contains: $metadata } }) { totalCount } }',
      variables: { metadata: { a: 'canary' } },
    },
    { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  );
  await sender(gateway)({ query: '{ calls(first: 987654) { totalCount } }' });
  const scraped = async (accept: string) => {
    const response = await fetch(new URL('/metrics', gateway.url), { headers: { accept } });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };
  const open = await scraped('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
  expect(open.type).toMatch(/^application\/openmetrics-text/);
  expect(open.text).toMatch(
    new RegExp(
      `^switchboard_request_duration_seconds_bucket\\{.*operation="Traced".*# \\{trace_id="${traceId}"\\} `,
      'm',
    ),
  );
  expect(open.text).toMatch(/^# TYPE switchboard_requests counter$/m);
  expect(open.text).toMatch(/\n# EOF\n$/);
  const plain = await scraped('text/plain');
  expect(plain.text).toMatch(/^# TYPE switchboard_requests_total counter$/m);
  expect(plain.text).toMatch(/^switchboard_requests_total\{operation="Traced",outcome="ok"\} 1$/m);
  expect(plain.text).not.toContain(traceId);
  gateway.process.kill('SIGTERM');
  const { code, stderr } = await gateway.ended;
  expect(code).toBe(0);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.find(({ operation }) => operation === 'Traced')).toMatchObject({
    trace: traceId,
    address: '127.0.0.1',
  });
  const traced = collector.spans.find(({ name }) => name === 'query Traced');
  const refused = collector.spans.find(({ name }) => name === 'query');
  expect(traced).toMatchObject({ name: 'query Traced', traceId, parentSpanId: 'b7ad6b7169203331', kind: 2 });
  expect(attributesOf(traced)).toEqual({
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'http.route': '/graphql',
    'network.protocol.name': 'http',
    'graphql.document': expect.stringContaining('metadata: {contains: $metadata}'),
    'graphql.operation.name': 'Traced',
    'graphql.operation.type': 'query',
    'switchboard.request_id': headers['x-request-id'],
    'switchboard.organization': 'acme',
    'switchboard.outcome': 'ok',
  });
  expect(refused?.name).toBe('query');
  expect(refused?.traceId).not.toBe(traceId);
  const statements = collector.spans.filter(({ parentSpanId }) => parentSpanId === traced?.spanId);
  expect(statements.length).toBeGreaterThan(0);
  for (const statement of statements) {
    expect(statement).toMatchObject({ kind: 3, traceId });
    expect(attributesOf(statement)).toEqual({
      'db.system.name': 'postgresql',
      'db.namespace': expect.stringMatching(/^test_/),
      // A count is bounded by the settings of a transaction.
      'db.operation.name': expect.stringMatching(/^(BEGIN|SELECT|COMMIT)$/),
      'db.query.summary': statement.name,
      'server.address': expect.any(String),
      'server.port': expect.any(Number),
    });
  }
  // Its document has a value in it.
  expect(attributesOf(refused)).not.toHaveProperty('graphql.document');
  expect(collector.texts.join('')).not.toMatch(new RegExp(`canary|987654|${world.token}`));
});

const attributesOf = (span: Span | undefined) =>
  Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));

test('operations of a WebSocket are spans, and so are answers to changes, with a link to their subscription', async () => {
  const collector = await openCollector();
  const world = await openWorld();
  const gateway = await world.start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const target = { url: new URL('/graphql', gateway.url).href, token: world.token };
  const query = 'subscription Watch { callsChanged { call { id } } }';
  const follower = followOver('ws', target, query);
  const send = sender(gateway, world.token);
  const upsert = async (value: string) => {
    const reference = '[{ system: OTHER, name: "id", value: $value }]';
    await send({
      query: `mutation Put($value: String!) { upsertCall(input: { references: ${reference} }) { errors { message } } }`,
      variables: { value },
    });
  };
  await expect
    .poll(async () => {
      await upsert(`canary-${follower.changes.length}-${Math.random()}`);
      return follower.changes.length;
    })
    .toBeGreaterThan(0);
  const over = followOver('ws', target, 'query Once { viewer { name } }');
  await over.ended();
  follower.stop();
  gateway.process.kill('SIGTERM');
  expect((await gateway.ended).code).toBe(0);
  const spanOf = (name: string) => collector.spans.find((span) => span.name === name);
  const subscription = spanOf('subscription Watch');
  expect(attributesOf(subscription)).toMatchObject({
    'network.protocol.name': 'websocket',
    'graphql.operation.type': 'subscription',
    'graphql.document': expect.stringContaining('callsChanged'),
  });
  expect(spanOf('query Once')).toMatchObject({ kind: 2 });
  expect(spanOf('answer subscription')).toMatchObject({
    kind: 4,
    links: [{ traceId: subscription?.traceId, spanId: subscription?.spanId }],
  });
  const put = spanOf('mutation Put');
  const written = collector.spans
    .filter(({ parentSpanId }) => parentSpanId === put?.spanId)
    .map(({ name }) => name);
  expect(written).toEqual(expect.arrayContaining(['BEGIN', 'COMMIT']));
  expect(collector.texts.join('')).not.toContain('canary');
});

test('a delivery is a span of its own, as is a webhook, with a link to the request that made the change', async () => {
  const collector = await openCollector();
  const burki = await openBurki();
  onTestFinished(() => burki.close());
  burki.add({ id: 101 });
  const world = await openWorld();
  const gateway = await world.start({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    SECRETS_KEYS: `test:${Buffer.alloc(32, 5).toString('base64')}`,
    VENDORS_ALLOW_PRIVATE: 'true',
  });
  const send = sender(gateway, world.token);
  await send({
    query: `mutation ($url: URL) {
      createVendorAccount(input: { name: "Burki", vendor: { burki: { baseUrl: $url, apiKey: "burki-key" } } }) { errors { message } }
      upsertCall(input: { references: [{ system: BURKI, name: "id", value: "101" }] }) { errors { message } }
    }`,
    variables: { url: burki.url },
  });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const call = '{ reference: { system: BURKI, name: "id", value: "101" } }';
  await send(
    {
      query: `mutation Merge { mergeCallMetadata(call: ${call}, metadata: { a: 1 }) { errors { message } } }`,
    },
    { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  );
  await expect.poll(() => burki.calls.get(101)?.call_meta).toEqual({ a: 1 });
  const { data } = await send({ query: '{ vendorAccounts { webhookUrl } }' });
  const [{ webhookUrl }] = data.vendorAccounts;
  const hook = new URL(new URL(webhookUrl).pathname, gateway.url);
  await fetch(hook, { method: 'POST', body: '{"event":"call_started","call_sid":"CA101"}' });
  await expect.poll(() => burki.requests.some(({ operation }) => operation === 'getBySid')).toBe(true);
  await expect
    .poll(async () => {
      const answer = await send({
        query: '{ inboundMessages(filter: { state: [APPLIED] }) { totalCount } }',
      });
      return answer.data.inboundMessages.totalCount;
    })
    .toBe(1);
  gateway.process.kill('SIGTERM');
  expect((await gateway.ended).code).toBe(0);
  const request = collector.spans.find(({ name }) => name === 'mutation Merge');
  const delivery = collector.spans.find(({ name }) => name === 'deliver METADATA');
  expect(request?.traceId).toBe(traceId);
  expect(delivery).toMatchObject({ kind: 3, links: [{ traceId, spanId: request?.spanId }] });
  expect(delivery?.traceId).not.toBe(traceId);
  const message = collector.spans.find(({ name }) => name === 'process BURKI webhook');
  expect(message).toMatchObject({ kind: 5 });
  const attributes = Object.fromEntries(
    (message?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
  );
  expect(attributes).toMatchObject({
    ...{ 'switchboard.system': 'BURKI', 'switchboard.message.state': 'APPLIED' },
    ...{ 'switchboard.message.attempt': 1, 'switchboard.message.verified': true },
  });
  expect(collector.texts.join('')).not.toContain(webhookUrl.split('/').at(-1));
});

test('an endpoint that is away delays no request', async () => {
  const world = await openWorld();
  const gateway = await world.start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  expect((await sender(gateway, world.token)({ query: '{ viewer { name } }' })).status).toBe(200);
  const began = performance.now();
  gateway.process.kill('SIGTERM');
  expect((await gateway.ended).code).toBe(0);
  expect(performance.now() - began).toBeLessThan(5_000);
});

test('without an endpoint, OpenTelemetry is not loaded', async () => {
  const refuse = `export const resolve = (name, context, next) => {
    if (name.includes('opentelemetry')) throw new Error(name + ' was loaded');
    return next(name, context);
  };`;
  const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const hook = dataUrl(
    `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(refuse))});`,
  );
  const world = await openWorld();
  const gateway = await world.start({ NODE_OPTIONS: `--import=${hook}` });
  expect((await sender(gateway, world.token)({ query: '{ viewer { name } }' })).status).toBe(200);
});
