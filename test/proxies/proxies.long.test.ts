import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../src/embedded-postgres/server.js';
import { probe } from '../faults/requests.js';
import { openWorld, type World } from '../faults/world.js';
import { findWrites, isAcknowledged, makeSharedCalls, makeWrites, type Write } from '../faults/writes.js';
import { CALLS_CHANGED, type Follower, follow, wsClient } from '../live/followers.js';
import { ask, type GatewayProcess } from '../support/gateway-process.js';
import { installed, PROXIES, type RunningProxy, startProxy } from './proxy.js';

const CLIENTS = 8;

it('CI has every proxy that there is a sample for', () => {
  if (process.env.CI !== undefined) expect(installed).toEqual(PROXIES);
});

/** Two gateways with a proxy in front. */
async function openSite(proxy: (typeof PROXIES)[number], path = '') {
  const world = await openWorld();
  const ports = await Promise.all([freePort(), freePort()]);
  const start = (port: number) =>
    world.start({
      PORT: `${port}`,
      DRAIN_DELAY: '1',
      LOG_LEVEL: 'info',
      TRUST_PROXY: 'loopback',
      PUBLIC_URL: `https://calls.example.com${path}`,
    });
  const gateways = await Promise.all(ports.map(start));
  return { world, ports, gateways, start, site: await startProxy(proxy, ports, path) };
}

async function post({ url, dispatcher }: RunningProxy, token: string, body: object, headers = {}) {
  const answer = await request(url, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** Clients that send one write after the other, and none of them twice. */
function write(site: RunningProxy, token: string, writes: Write[]) {
  const [failures, acknowledged]: [string[], Set<string>] = [[], new Set()];
  let isOver = false;
  const client = async () => {
    for (let next = writes.pop(); next !== undefined && !isOver; next = writes.pop()) {
      const { query, variables, trace } = next;
      try {
        const { status, text } = await post(site, token, { query, variables });
        if (status === 200 && isAcknowledged(JSON.parse(text).data)) acknowledged.add(trace);
        else failures.push(`${status} ${text}`);
      } catch (error) {
        failures.push(String((error as Error).cause ?? error));
      }
    }
  };
  const running = Promise.all(Array.from({ length: CLIENTS }, client));
  const stop = async () => {
    isOver = true;
    await running;
  };
  return { failures, acknowledged, stop };
}

async function stopGateway({ process, ended }: GatewayProcess): Promise<string> {
  process.kill('SIGTERM');
  return (await ended).stderr;
}

/** A change that it receives shows that it listens. */
const subscribed = (follower: Follower, { token }: World, site: RunningProxy) =>
  expect
    .poll(async () => {
      const writes = makeWrites(randomUUID(), 4).filter(({ kind }) => kind === 'upsert');
      for (const { query, variables } of writes)
        expect(await post(site, token, { query, variables })).toMatchObject({ status: 200 });
      return follower.changes.length;
    })
    .toBeGreaterThan(0);

describe.each(installed)('$name', (proxy) => {
  it('replaces two gateways one after the other, and no write fails or is written twice', async () => {
    const { world, ports, gateways, start, site } = await openSite(proxy);
    await makeSharedCalls(async (operation) => {
      const { status, text } = await post(site, world.token, operation);
      return { status, text, headers: {}, data: JSON.parse(text).data, code: undefined, milliseconds: 0 };
    });
    const traffic = write(site, world.token, makeWrites('p', 500_000));
    const more = async () => {
      const before = traffic.acknowledged.size;
      await expect.poll(() => traffic.acknowledged.size).toBeGreaterThan(before + 100);
    };
    for (const [at, gateway] of gateways.entries()) {
      await more();
      await stopGateway(gateway);
      await more();
      const { url } = await start(ports[at] as number);
      // Until the proxy sends writes to it again, the other must stay.
      await expect
        .poll(async () => (await probe(url, '/metrics'))?.text)
        .toMatch(/requests_total\{[^}]*outcome="ok"\} [1-9]/);
    }
    await traffic.stop();
    const { traces, faults } = await findWrites(world.sql);
    expect({ failures: traffic.failures, faults }, site.said()).toEqual({ failures: [], faults: [] });
    expect(traces).toEqual(traffic.acknowledged);
  });

  it('lets subscriptions through by WebSocket and SSE, and says who the client is', async () => {
    const { world, gateways, site } = await openSite(proxy);
    const { token } = world;
    const socket = wsClient({ url: site.url, token }, { webSocketImpl: site.webSocket });
    const followers = [follow(socket, CALLS_CHANGED), follow(site.sse(token), CALLS_CHANGED)];
    for (const follower of followers) await subscribed(follower, world, site);
    expect(followers.map(({ over }) => over)).toEqual([undefined, undefined]);
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      const { statusCode, body } = await request(new URL(path, site.url), { dispatcher: site.dispatcher });
      await body.dump();
      expect([path, statusCode]).toEqual([path, 404]);
    }
    const query = '{ viewer { name } }';
    // A client cannot say that it is another.
    await post(site, token, { query }, { 'x-forwarded-for': '192.0.2.66' });
    // A proxy further in front can, if the address it connects from is trusted: here it is this machine.
    await ask(gateways[0]?.url ?? '', token, query);
    const logs = (await Promise.all(gateways.map(stopGateway))).join('');
    const clients = [...logs.matchAll(/"address":"([^"]*)"/g)].map(([, client]) => client);
    expect(new Set(clients)).toEqual(new Set(['127.0.0.1']));
  });

  it('serves the gateway below a path', async () => {
    const { world, site } = await openSite(proxy, '/desk');
    const { status, text } = await post(site, world.token, { query: '{ viewer { name } }' });
    expect([status, JSON.parse(text)]).toMatchObject([200, { data: { viewer: { name: 'faults' } } }]);
    const follower = follow(
      wsClient({ url: site.url, token: world.token }, { webSocketImpl: site.webSocket }),
      CALLS_CHANGED,
    );
    await subscribed(follower, world, site);
    const page = await request(new URL('/desk/figures', site.url), {
      dispatcher: site.dispatcher,
      headers: { accept: 'text/html' },
    });
    const [, script = ''] = /src="([^"]+)"/.exec(await page.body.text()) ?? [];
    expect(script).toMatch(/^\/desk\/wallboard\//);
    const file = await request(new URL(script, site.url), { dispatcher: site.dispatcher });
    await file.body.dump();
    expect(file.statusCode).toBe(200);
  });
});
