/** A process that receives what many subscribers are given, so that their work is not done where the rest is measured. */
import { inParallel } from '../support/loading.js';
import type { Latencies, Order, Reply } from './messages.js';
import { openSubscription, type SubscriptionSocket } from './subscription-socket.js';

let sockets: SubscriptionSocket[] = [];
/** The ids of the changes in the order of their arrival, which is the same for all: read from the first socket. */
const ids: string[] = [];
let failure: string | undefined;
let awaited: { frames: number; resolve(): void; reject(error: Error): void } | undefined;

const OPENING = 20;

function fail(message: string): void {
  failure ??= message;
  awaited?.reject(new Error(failure));
}

function check(): void {
  if (awaited && sockets.every(({ received }) => received >= (awaited?.frames ?? 0))) awaited.resolve();
}

async function open(order: Order & { order: 'open' }): Promise<void> {
  const { url, tokens, subscribe, frames } = order;
  const onNext = (index: number) => {
    let count = 0;
    return (payload: Buffer) => {
      if (index === 0) ids.push(idIn(payload));
      count += 1;
      if (awaited && count === awaited.frames) check();
    };
  };
  const opened: SubscriptionSocket[] = [];
  await inParallel(OPENING, [...Array(order.sockets).keys()], async (index) => {
    const token = tokens[index % tokens.length] ?? '';
    opened[index] = await openSubscription({
      url,
      token,
      subscribe,
      frames,
      onNext: onNext(index),
      onFailure: fail,
    });
  });
  sockets = opened;
}

function idIn(payload: Buffer): string {
  const text = payload.toString();
  const [, id] = /"(call_change_[0-9a-z]+)"/.exec(text) ?? [];
  if (id === undefined) fail(`no change: ${text.slice(0, 300)}`);
  return id ?? '';
}

const all = (frames: number) =>
  new Promise<void>((resolve, reject) => {
    awaited = { frames, resolve, reject };
    if (failure !== undefined) reject(new Error(failure));
    check();
  });

const at = (sorted: Float64Array, share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

/** Only changes whose commits are named are measured: what came before was to warm up. */
function measure(commits: Record<string, number>): Latencies {
  const measured = ids.flatMap((id, index) =>
    commits[id] === undefined ? [] : [{ index, commit: commits[id] }],
  );
  const latencies = new Float64Array(measured.length * sockets.length);
  let count = 0;
  let worstP99 = 0;
  for (const { arrivals } of sockets) {
    const own = Float64Array.from(measured, ({ index, commit }) => (arrivals[index] ?? Number.NaN) - commit);
    latencies.set(own, count);
    count += own.length;
    worstP99 = Math.max(worstP99, at(own.sort(), 0.99));
  }
  latencies.sort();
  return {
    frames: count,
    p50: at(latencies, 0.5),
    p99: at(latencies, 0.99),
    max: at(latencies, 1),
    worstP99,
  };
}

async function follow(order: Order): Promise<Reply> {
  if (order.order === 'open') await open(order);
  if (order.order === 'await') await all(order.frames);
  if (order.order === 'measure') return { reply: 'measured', latencies: measure(order.commits) };
  if (order.order === 'close') for (const socket of sockets) socket.close();
  return { reply: 'done' };
}

process.on('message', (order: Order) => {
  void follow(order)
    .catch((error: Error): Reply => ({ reply: 'failed', message: error.message }))
    .then((reply) => {
      process.send?.(reply);
      if (order.order === 'close') process.disconnect();
    });
});
process.on('disconnect', () => process.exit());
// The benchmark ends it when it is over, also after Ctrl-C.
process.on('SIGINT', () => {});
