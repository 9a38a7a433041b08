import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client';
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
  live(): { sockets: number; streams: number; subscriptions: number };
  /** Whether new requests are welcome. */
  isDraining(): boolean;
}

/** What was counted of the requests of one name: prom-client would look its labels up for each. */
class Tally {
  readonly outcomes = new Float64Array(OUTCOMES.length);
  /** By the bounds in SECONDS, and those above. */
  readonly durations = new Float64Array(SECONDS.length + 1);
  seconds = 0;

  count(outcome: Seen['outcome']): void {
    const index = OUTCOMES.indexOf(outcome);
    this.outcomes[index] = (this.outcomes[index] ?? 0) + 1;
  }

  time(seconds: number): void {
    const index = SECONDS.findIndex((bound) => seconds <= bound);
    const bucket = index < 0 ? SECONDS.length : index;
    this.durations[bucket] = (this.durations[bucket] ?? 0) + 1;
    this.seconds += seconds;
  }
}

/** The gateway's numbers for Prometheus, and the process' own beside them. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #tallies = new Map<string, Tally>([OTHER, UNNAMED].map((name) => [name, new Tally()]));
  readonly #costs: Histogram;
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
    this.#registry.registerMetric(durationsOf(tallies) as unknown as Metric);
    this.#costs = new Histogram({
      name: 'switchboard_request_cost',
      help: 'What requests cost, as extensions.cost has it',
      buckets: COSTS,
      registers,
    });
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
    gauge('draining', '1 once it is to stop', () => Number(sources.isDraining()));
    gauge('database_pool_size', 'Connections to Postgres at most', () => sources.pool().size);
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
    if (seen.type !== 'subscription') tally.time(seconds);
    if (seen.cost !== null) this.#costs.observe(seen.cost);
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

/** As prom-client's registry reads its own histograms. */
function durationsOf(tallies: Map<string, Tally>) {
  const get = async () => ({
    name: DURATION,
    help: 'From the head of a request to the end of its answer',
    type: 'histogram',
    aggregator: 'sum',
    values: [...tallies].flatMap(([operation, tally]) => valuesOf(operation, tally)),
  });
  return { name: DURATION, get, reset: () => {} };
}

function valuesOf(operation: string, { durations, seconds }: Tally) {
  let total = 0;
  const buckets = [...durations].map((count, index) => {
    total += count;
    return {
      metricName: `${DURATION}_bucket`,
      labels: { le: SECONDS[index] ?? '+Inf', operation },
      value: total,
    };
  });
  if (total === 0) return [];
  return [
    ...buckets,
    { metricName: `${DURATION}_sum`, labels: { operation }, value: seconds },
    { metricName: `${DURATION}_count`, labels: { operation }, value: total },
  ];
}
