import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import { OUTCOMES, type Seen } from '../graphql/seen.js';

/** Names of operations are the clients' own: so many are told apart, the others are one. */
const MOST_OPERATIONS = 100;
const OTHER = 'other';
const UNNAMED = 'unnamed';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const COSTS = [1, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000];

/** What is read when somebody asks for the metrics, each a number as it is now. */
export interface Sources {
  pool(): { size: number; inUse: number; waiting: number; statements: number };
  requests(): { executing: number; queued: number };
  bytes(): { ofAnswers: number; ofBodies: number };
  live(): { sockets: number; streams: number; subscriptions: number };
  /** Whether new requests are welcome. */
  isDraining(): boolean;
}

/** How many values were up to each of some bounds, as a histogram of Prometheus has it. */
class Distribution {
  /** By the bounds, and those above. */
  readonly counts: Float64Array;
  sum = 0;
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    const index = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = index < 0 ? this.#bounds.length : index;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
  }

  /** The values of a histogram, as prom-client's registry reads its own. */
  values(name: string, labels: Record<string, string>) {
    let total = 0;
    const buckets = [...this.counts].map((count, index) => {
      total += count;
      const le = this.#bounds[index] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
    });
    if (total === 0) return [];
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.sum },
      { metricName: `${name}_count`, labels, value: total },
    ];
  }
}

/** What was counted of the requests of one name: prom-client would look its labels up for each. */
class Tally {
  readonly outcomes = new Float64Array(OUTCOMES.length);
  readonly seconds = new Distribution(SECONDS);

  count(outcome: Seen['outcome']): void {
    const index = OUTCOMES.indexOf(outcome);
    this.outcomes[index] = (this.outcomes[index] ?? 0) + 1;
  }
}

/** The gateway's numbers for Prometheus, and the process' own beside them. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #tallies = new Map<string, Tally>([OTHER, UNNAMED].map((name) => [name, new Tally()]));
  readonly #costs = new Distribution(COSTS);
  #isScraped = false;

  constructor(sources: Sources) {
    const registers = [this.#registry];
    const tallies = this.#tallies;
    new Counter({
      name: 'switchboard_requests_total',
      help: 'Requests by the name of their GraphQL operation and how they ended',
      labelNames: ['operation', 'outcome'],
      registers,
      collect() {
        this.reset();
        for (const [operation, { outcomes }] of tallies) {
          for (const [index, outcome] of OUTCOMES.entries()) {
            if (outcomes[index]) this.inc({ operation, outcome }, outcomes[index]);
          }
        }
      },
    });
    this.#registry.registerMetric(
      histogram(DURATION, 'From the head of a request to its answer', (name) =>
        [...tallies].flatMap(([operation, { seconds }]) => seconds.values(name, { operation })),
      ),
    );
    this.#registry.registerMetric(
      histogram(COST, 'What requests cost, as extensions.cost has it', (name) =>
        this.#costs.values(name, {}),
      ),
    );
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name: `switchboard_${name}`,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    gauge('requests_executing', 'Requests that are executed now', () => sources.requests().executing);
    gauge('requests_queued', 'Requests that wait for their turn', () => sources.requests().queued);
    gauge('answer_bytes', 'Bytes that answers under way take', () => sources.bytes().ofAnswers);
    gauge('body_bytes', 'Bytes of large bodies until they are answered', () => sources.bytes().ofBodies);
    gauge('draining', '1 once it is to stop', () => Number(sources.isDraining()));
    gauge(
      'database_pool_size',
      'Connections to Postgres at most, beside the one for sign-in',
      () => sources.pool().size,
    );
    gauge('database_pool_in_use', 'Connections to Postgres at work', () => sources.pool().inUse);
    gauge('database_pool_waiting', 'Statements and transactions without one', () => sources.pool().waiting);
    gauge('live_sockets', 'Open WebSockets', () => sources.live().sockets);
    gauge('live_streams', 'Open event streams', () => sources.live().streams);
    gauge('live_subscriptions', 'Subscriptions on both', () => sources.live().subscriptions);
    new Counter({
      name: 'switchboard_database_statements_total',
      help: 'Statements sent to Postgres',
      registers,
      collect() {
        this.reset();
        this.inc(sources.pool().statements);
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts a request that is over. */
  count(seen: Seen, seconds: number): void {
    const tally = this.#tallyOf(seen);
    tally.count(seen.outcome);
    // A stream is open as long as its client likes.
    if (seen.type !== 'subscription') tally.seconds.add(seconds);
    if (seen.cost !== null) this.#costs.add(seen.cost);
  }

  async text(): Promise<string> {
    // They watch the event loop and the garbage collector: not before somebody wants to know.
    if (!this.#isScraped) collectDefaultMetrics({ register: this.#registry });
    this.#isScraped = true;
    return this.#registry.metrics();
  }

  /** Only who is signed in, and was not refused, adds a name: nobody else can use the room up. */
  #tallyOf({ operation, type, key, outcome }: Seen): Tally {
    const name = type === null ? OTHER : (operation ?? UNNAMED);
    let tally = this.#tallies.get(name);
    if (tally !== undefined) return tally;
    if (key === null || outcome !== 'ok' || this.#tallies.size >= MOST_OPERATIONS + 2) {
      return this.#tallies.get(OTHER) as Tally;
    }
    tally = new Tally();
    this.#tallies.set(name, tally);
    return tally;
  }
}

const DURATION = 'switchboard_request_duration_seconds';
const COST = 'switchboard_request_cost';

/** As prom-client's registry reads its own histograms. */
function histogram(name: string, help: string, values: (name: string) => unknown[]): Metric {
  const get = async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: values(name) });
  return { name, get, reset: () => {} } as unknown as Metric;
}
