import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConnectionRefused, OperationRefused } from '../../../packages/client/src/live/live-client.js';
import { openFakeGateway, sendChange, sendError } from './fake-gateway.js';
import { CHANGES, followed } from './followed.js';

const token = 'sb_test';
const PATIENCE = { timeout: 20_000, interval: 2 };

describe('a cut connection', () => {
  it.each([1000, 1001, 1006, 1011, 1013, 4420, 4421, 4499, 4500])(
    'with %i goes on after the last cursor',
    async (code) => {
      const { url, ...fake } = await openFakeGateway();
      const follower = followed({ url, token });
      const first = await fake.connection(1);
      const begun = await fake.subscription(first);
      expect(begun.payload.variables).toEqual({ after: 'start' });
      for (const cursor of ['one', 'two']) sendChange(first, begun, cursor);
      await follower.until(2);
      if (code === 1006) first.socket.terminate();
      else first.socket.close(code, 'cut');
      const second = await fake.connection(2);
      const resumed = await fake.subscription(second);
      expect(resumed.payload).toEqual({ query: CHANGES, variables: { after: 'two' } });
      // A gateway that sends once more what it has sent is not believed twice.
      for (const cursor of ['two', 'three']) sendChange(second, resumed, cursor);
      await follower.until(3);
      expect(follower.cursors()).toEqual(['one', 'two', 'three']);
      expect(follower.end).toBeNull();
    },
  );

  it.each([4400, 4406, 4409, 4429])('with %i is the end, for it would be so again', async (code) => {
    const { url, ...fake } = await openFakeGateway();
    const follower = followed({ url, token });
    const first = await fake.connection(1);
    await fake.subscription(first);
    first.socket.close(code, 'no');
    const end = await follower.ended();
    expect(end).toBeInstanceOf(ConnectionRefused);
    expect(end).toMatchObject({ closeCode: code, message: `The connection was closed: ${code} no` });
    expect(fake.connections).toHaveLength(1);
  });

  it('that is silent is noticed, because a ping is not answered', async () => {
    const { url, ...fake } = await openFakeGateway({ answersPings: false });
    const follower = followed({ url, token, keepAlive: 20 });
    await fake.subscription(await fake.connection(1));
    await fake.subscription(await fake.connection(2));
    expect(follower.end).toBeNull();
  });

  it('is tried again as often as the application allows, with its own waits', async () => {
    const waits: number[] = [];
    const states: object[] = [];
    const follower = followed({
      url: 'http://127.0.0.1:9/graphql',
      token,
      retryAttempts: 3,
      retryWait: (attempt) => {
        waits.push(attempt);
        return 1;
      },
      onState: (state) => states.push(state),
    });
    expect(await follower.ended()).toMatchObject({ name: 'ConnectionRefused', closeCode: null });
    expect(waits).toEqual([1, 2, 3]);
    expect(states).toMatchObject([1, 2, 3].map((attempt) => ({ state: 'waiting', attempt, wait: 1 })));
  });

  it('is opened once for all subscriptions, which wait together', async () => {
    const { url, ...fake } = await openFakeGateway();
    const waits: number[] = [];
    const options = { url, token, retryWait: (attempt: number) => waits.push(attempt) };
    const first = followed(options);
    const followers = [first, ...[1, 2].map(() => followed(options, undefined, first.live))];
    const connection = await fake.connection(1);
    await fake.subscription(connection, 3);
    connection.socket.terminate();
    await fake.subscription(await fake.connection(2), 3);
    expect(waits).toHaveLength(1);
    expect(fake.connections).toHaveLength(2);
    for (const { end } of followers) expect(end).toBeNull();
  });
});

it('an error in the application’s own code does not disturb the others', async () => {
  const uncaught: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => uncaught.push(error));
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
  });
  const { url, ...fake } = await openFakeGateway();
  const follower = followed({ url, token });
  const fault = new Error('of the application');
  follower.live.subscribe(
    { query: CHANGES },
    {
      next: () => {
        throw fault;
      },
      error: () => {},
      complete: () => {},
    },
  );
  const connection = await fake.connection(1);
  for (const count of [1, 2]) sendChange(connection, await fake.subscription(connection, count), 'one');
  await follower.until(1);
  await vi.waitFor(() => expect(uncaught).toEqual([fault]), PATIENCE);
  sendChange(connection, await fake.subscription(connection), 'two');
  await follower.until(2);
  expect([follower.end, fake.connections.length]).toEqual([null, 1]);
});

describe('a sign-in', () => {
  it.each([4401, 4403])('that is refused with %i is tried with the next token', async (code) => {
    const { url, ...fake } = await openFakeGateway({
      refuses: (authorization) => (authorization === 'Bearer new' ? null : code),
    });
    const tokens = ['old', 'older', 'new'];
    const follower = followed({ url, token: async () => tokens.shift() ?? 'none' });
    await fake.subscription(await fake.connection(3));
    expect(fake.connections.map((each) => each.token)).toEqual(['Bearer old', 'Bearer older', 'Bearer new']);
    expect(follower.end).toBeNull();
  });

  it.each([4401, 4403])('that is refused with %i again and again ends', async (code) => {
    const { url, ...fake } = await openFakeGateway({ refuses: () => code });
    const renewed = followed({ url, token: () => 'dead' });
    expect(await renewed.ended()).toMatchObject({ name: 'ConnectionRefused', closeCode: code });
    expect(fake.connections).toHaveLength(6);
    const fixed = followed({ url, token: 'dead' });
    expect(await fixed.ended()).toMatchObject({ closeCode: code });
    expect(fake.connections).toHaveLength(7);
  });

  it('waits for a token that cannot be had at the moment', async () => {
    const { url, ...fake } = await openFakeGateway();
    const get = vi.fn(async () => {
      if (get.mock.calls.length < 3) throw new Error('the issuer is away');
      return 'late';
    });
    followed({ url, token: get });
    await vi.waitFor(() => expect(fake.connections.at(-1)?.token).toBe('Bearer late'), PATIENCE);
  });

  it('is renewed when an operation says UNAUTHENTICATED before the connection is closed', async () => {
    const { url, ...fake } = await openFakeGateway();
    const follower = followed({ url, token: () => 'any' });
    const first = await fake.connection(1);
    sendError(first, await fake.subscription(first), 'UNAUTHENTICATED');
    await fake.subscription(await fake.connection(2));
    expect(follower.end).toBeNull();
  });
});

describe('an error that ends a subscription', () => {
  it.each(['RATE_LIMITED', 'SERVICE_UNAVAILABLE', 'OVERLOADED', 'INTERNAL_SERVER_ERROR'])(
    'is waited out if it is %s, on the same connection',
    async (code) => {
      const { url, ...fake } = await openFakeGateway();
      const follower = followed({ url, token });
      const connection = await fake.connection(1);
      const begun = await fake.subscription(connection);
      sendChange(connection, begun, 'one');
      const before = performance.now();
      sendError(connection, begun, code, { retryAfter: 0.2 });
      const again = await fake.subscription(connection, 2);
      expect(performance.now() - before).toBeGreaterThan(190);
      expect(again.payload.variables).toEqual({ after: 'one' });
      expect([follower.end, fake.connections.length]).toEqual([null, 1]);
    },
  );

  it('is given to the application if it is INTERNAL_SERVER_ERROR again and again', async () => {
    const { url, ...fake } = await openFakeGateway();
    const follower = followed({ url, token });
    const connection = await fake.connection(1);
    for (let count = 1; count <= 6; count += 1) {
      sendError(connection, await fake.subscription(connection, count), 'INTERNAL_SERVER_ERROR');
    }
    expect(await follower.ended()).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  });

  it.each(['BAD_USER_INPUT', 'FORBIDDEN', 'ANSWER_TOO_LARGE'])(
    'is given to it at once if it is %s',
    async (code) => {
      const { url, ...fake } = await openFakeGateway();
      const follower = followed({ url, token });
      const connection = await fake.connection(1);
      sendError(connection, await fake.subscription(connection), code);
      const end = await follower.ended();
      expect(end).toBeInstanceOf(OperationRefused);
      expect(end).toMatchObject({ code, message: code.toLowerCase() });
    },
  );

  it('is told apart if it is CURSOR_LOST', async () => {
    const { url, ...fake } = await openFakeGateway();
    const onCursorLost = vi.fn();
    const follower = followed({ url, token, onCursorLost }, { query: CHANGES, variables: { after: 'mine' } });
    const connection = await fake.connection(1);
    sendError(connection, await fake.subscription(connection), 'CURSOR_LOST');
    expect(await follower.ended()).toMatchObject({ code: 'CURSOR_LOST' });
    expect(onCursorLost.mock.calls).toEqual([
      [{ query: CHANGES, variables: { after: 'mine' }, operationName: null }],
    ]);
  });
});

describe('a subscription without cursors', () => {
  const query = 'subscription { callEventsChanged { id } }';

  it('runs again after a cut, and says that something may be missing', async () => {
    const { url, ...fake } = await openFakeGateway();
    const onGap = vi.fn();
    followed({ url, token, onGap }, { query });
    const first = await fake.connection(1);
    await fake.subscription(first);
    expect(onGap).not.toHaveBeenCalled();
    first.socket.terminate();
    const again = await fake.subscription(await fake.connection(2));
    expect(again.payload.query).toBe(query);
    await vi.waitFor(() => expect(onGap).toHaveBeenCalledTimes(1), PATIENCE);
    expect(onGap.mock.calls).toEqual([[{ query, variables: null, operationName: null }]]);
  });

  /** A subscriber whose connection was cut; it reads what it has missed until `read` settles. */
  async function withGap() {
    const { url, ...fake } = await openFakeGateway();
    const shown: unknown[] = [];
    const reads: { resolve(): void; reject(error: Error): void }[] = [];
    const onGap = () =>
      new Promise<void>((resolve, reject) => {
        reads.push({ resolve, reject });
      }).finally(() => shown.push('read'));
    const follower = followed({ url, token, onGap }, { query });
    follower.results.push = (...results) => shown.push(...results.map(({ data }) => data?.change));
    const cutAt = async (count: number) => {
      const connection = await fake.connection(count);
      await fake.subscription(connection);
      connection.socket.terminate();
    };
    const reading = (count: number) => vi.waitFor(() => expect(reads).toHaveLength(count), PATIENCE);
    const connected = async (count: number) => {
      const connection = await fake.connection(count);
      const { id } = await fake.subscription(connection);
      const send = (message: object) => connection.socket.send(JSON.stringify({ id, ...message }));
      return {
        change: (change: string) => send({ type: 'next', payload: { data: { change } } }),
        complete: () => send({ type: 'complete' }),
        /** Waits until the client has taken what was sent before. */
        async taken() {
          const ponged = new Promise((resolve) => connection.socket.once('pong', resolve));
          connection.socket.ping();
          await ponged;
        },
      };
    };
    await cutAt(1);
    return { shown, reads, reading, cutAt, connected, follower };
  }

  it('a change that comes while the gap is read is shown after it, for what is read may be older', async () => {
    const { shown, reads, reading, connected } = await withGap();
    const connection = await connected(2);
    connection.change('before');
    await reading(1);
    connection.change('newer');
    await connection.taken();
    expect(shown).toEqual([]);
    reads[0]?.resolve();
    await vi.waitFor(() => expect(shown).toEqual(['read', 'before', 'newer']), PATIENCE);
    connection.change('next');
    await vi.waitFor(() => expect(shown).toEqual(['read', 'before', 'newer', 'next']), PATIENCE);
  });

  it('a cut while a gap is read makes another one, and changes wait for its reading', async () => {
    const { shown, reads, reading, cutAt, connected } = await withGap();
    const second = await connected(2);
    await reading(1);
    second.change('first');
    await second.taken();
    await cutAt(2);
    await reading(2);
    reads[0]?.resolve();
    const third = await connected(3);
    third.change('second');
    await third.taken();
    expect(shown).toEqual(['read']);
    reads[1]?.resolve();
    await vi.waitFor(() => expect(shown).toEqual(['read', 'read', 'first', 'second']), PATIENCE);
  });

  it('what has waited is shown before the end', async () => {
    const { shown, reading, connected, follower } = await withGap();
    const connection = await connected(2);
    await reading(1);
    connection.change('last');
    connection.complete();
    expect(await follower.ended()).toBe('complete');
    expect(shown).toEqual(['last']);
  });

  it('changes come although the gap cannot be read, and the error is the application’s', async () => {
    const caught: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => caught.push(error));
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const each of listeners) process.on('uncaughtException', each);
    });
    const { shown, reads, reading, connected } = await withGap();
    const connection = await connected(2);
    await reading(1);
    connection.change('after');
    await connection.taken();
    const failure = new Error('no answer');
    reads[0]?.reject(failure);
    await vi.waitFor(() => expect(shown).toEqual(['read', 'after']), PATIENCE);
    expect(caught).toEqual([failure]);
  });
});

describe('the end', () => {
  it('of the gateway’s is the subscription’s', async () => {
    const { url, ...fake } = await openFakeGateway();
    const follower = followed({ url, token });
    const connection = await fake.connection(1);
    const { id } = await fake.subscription(connection);
    connection.socket.send(JSON.stringify({ id, type: 'complete' }));
    expect(await follower.ended()).toBe('complete');
  });

  it('of the application’s sends nothing more, and closes the connection a little later', async () => {
    const { url, ...fake } = await openFakeGateway();
    const follower = followed({ url, token });
    const connection = await fake.connection(1);
    const begun = await fake.subscription(connection);
    follower.stop();
    sendChange(connection, begun, 'late');
    await vi.waitFor(() => expect(connection.socket.readyState).toBe(connection.socket.CLOSED), PATIENCE);
    expect([follower.results, follower.end]).toEqual([[], null]);
  });

  it('of the client completes what runs and what waits', async () => {
    const { url, ...fake } = await openFakeGateway();
    const running = followed({ url, token });
    await fake.subscription(await fake.connection(1));
    await running.live.dispose();
    expect(await running.ended()).toBe('complete');
    const waiting = vi.fn();
    const other = followed({
      url: 'http://127.0.0.1:9/graphql',
      token,
      retryWait: () => 1e6,
      onState: waiting,
    });
    await vi.waitFor(() => expect(waiting).toHaveBeenCalled(), PATIENCE);
    await other.live.dispose();
    expect(await other.ended()).toBe('complete');
  });
});
