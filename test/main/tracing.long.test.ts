import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { sender } from '../faults/requests.js';
import { openWorld } from '../faults/world.js';
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
  const gateway = await world.start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const { headers } = await sender(gateway, world.token)(
    {
      query:
        'query Traced($metadata: JSONObject!) { calls(filter: { metadata: { contains: $metadata } }) { totalCount } }',
      variables: { metadata: { a: 'canary' } },
    },
    { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  );
  await sender(gateway)({ query: '{ calls { totalCount } }' });
  gateway.process.kill('SIGTERM');
  expect((await gateway.ended).code).toBe(0);
  const [traced, refused] = collector.spans;
  expect(traced).toMatchObject({ name: 'query Traced', traceId, parentSpanId: 'b7ad6b7169203331', kind: 2 });
  const attributes = Object.fromEntries(
    (traced?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
  );
  expect(attributes).toEqual({
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'graphql.operation.name': 'Traced',
    'graphql.operation.type': 'query',
    'switchboard.request_id': headers['x-request-id'],
    'switchboard.organization': 'acme',
    'switchboard.outcome': 'ok',
  });
  expect(refused?.name).toBe('query');
  expect(refused?.traceId).not.toBe(traceId);
  expect(collector.texts.join('')).not.toMatch(new RegExp(`canary|${world.token}`));
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
