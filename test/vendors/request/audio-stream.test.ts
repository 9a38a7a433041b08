import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { afterEach, expect, it } from 'vitest';
import { openAddress, openAudio, type Streaming } from '../../../src/vendors/request/audio-stream.js';
import { PrivateAddress, publicLookup } from '../../../src/vendors/request/public-lookup.js';
import { VendorRefusal, VendorUnreachable } from '../../../src/vendors/request/vendor-client.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function server(reply: (response: ServerResponse) => void): Promise<URL> {
  const opened = createServer((_request, response) => reply(response));
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    opened.closeAllConnections();
    await new Promise((resolve) => opened.close(resolve));
  });
  return new URL(`http://127.0.0.1:${(opened.address() as AddressInfo).port}/`);
}

function streaming(change: Partial<Streaming> = {}, options: Agent.Options = {}): Streaming {
  const dispatcher = new Agent(options);
  closers.push(() => dispatcher.destroy());
  return { dispatcher, allowPrivate: false, signal: new AbortController().signal, range: null, ...change };
}

const failure = (sent: Promise<unknown>): Promise<Error> =>
  sent.then(
    () => {
      throw new Error('it succeeded');
    },
    (error) => error,
  );

it.each([
  'http://files.example.com/a',
  'https://127.0.0.1/a',
  'https://[::1]/a',
  'https://[::ffff:10.0.0.1]/a',
  'https://2130706433/a',
  'https://169.254.169.254/latest/meta-data',
  'https://localhost/a',
  'https://user:password@files.example.com/a',
  'file:///etc/passwd',
  'nonsense',
])('the address %s is not asked', async (address) => {
  expect(await failure(openAddress(address, streaming()))).toBeInstanceOf(VendorUnreachable);
});

it('a name that leads to a private address is not asked', async () => {
  const lookup = publicLookup((_host, _options, callback) =>
    callback(null, [{ address: '10.0.0.1', family: 4 }]),
  );
  const error = await failure(
    openAddress('https://files.example.com/a', streaming({}, { connect: { lookup } })),
  );
  expect(error).toMatchObject({ message: expect.stringContaining('private') });
  expect(new PrivateAddress('')).toBeInstanceOf(Error);
});

it('a redirect to a private address is not followed', async () => {
  let asked = 0;
  const inside = await server((response) => {
    asked += 1;
    response.end('secret');
  });
  const url = await server((response) => response.writeHead(302, { location: inside.href }).end());
  expect(await failure(openAudio(url, {}, streaming()))).toBeInstanceOf(VendorUnreachable);
  expect(asked).toBe(0);
});

it('a second redirect is not followed', async () => {
  const third = await server((response) => response.end('audio'));
  const second = await server((response) => response.writeHead(302, { location: third.href }).end());
  const url = await server((response) => response.writeHead(302, { location: second.href }).end());
  const error = await failure(openAudio(url, {}, streaming({ allowPrivate: true })));
  expect(error).toMatchObject({
    name: new VendorRefusal({ status: 302, text: '', retryAfter: null, requestId: null }).name,
    status: 302,
  });
});

it('an answer that does not begin in time has timed out, and one that pauses too long breaks off', async () => {
  const silent = await server(() => {});
  const short = { headersTimeout: 200, bodyTimeout: 200 };
  const error = await failure(openAudio(silent, {}, streaming({ allowPrivate: true }, short)));
  expect(error).toMatchObject({ name: 'VendorUnreachable', hasTimedOut: true });
  const pausing = await server((response) => void response.write('a'));
  const { body } = await openAudio(pausing, {}, streaming({ allowPrivate: true }, short));
  const reading = (async () => {
    for await (const _ of body);
  })();
  await expect(reading).rejects.toThrow();
});
