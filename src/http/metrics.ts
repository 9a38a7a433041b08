import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Seen } from '../graphql/seen.js';

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

/** The gateway's numbers for Prometheus, and the process' own beside them. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #operations = new Set([OTHER, UNNAMED]);
  readonly #requests: Counter<'operation' | 'outcome'>;
  readonly #durations: Histogram<'operation'>;
  readonly #costs: Histogram;
  #isScraped = false;

  constructor(sources: Sources) {
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: 'switchboard_requests_total',
      help: 'Requests by the name of their GraphQL operation and how they ended',
      labelNames: ['operation', 'outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'switchboard_request_duration_seconds',
      help: 'From the head of a request to the end of its answer',
      labelNames: ['operation'],
      buckets: SECONDS,
      registers,
    });
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
    const operation = this.#label(seen);
    this.#requests.inc({ operation, outcome: seen.outcome });
    // A stream is open as long as its client likes.
    if (seen.type !== 'subscription') this.#durations.observe({ operation }, seconds);
    if (seen.cost !== null) this.#costs.observe(seen.cost);
  }

  async text(): Promise<string> {
    // They watch the event loop and the garbage collector: not before somebody wants to know.
    if (!this.#isScraped) collectDefaultMetrics({ register: this.#registry });
    this.#isScraped = true;
    return this.#registry.metrics();
  }

  /** Only who is signed in, and was not refused, adds a name: nobody else can use the room up. */
  #label({ operation, type, key, outcome }: Seen): string {
    if (type === null) return OTHER;
    if (operation === null) return UNNAMED;
    if (this.#operations.has(operation)) return operation;
    if (key === null || outcome !== 'ok' || this.#operations.size >= MOST_OPERATIONS + 2) return OTHER;
    this.#operations.add(operation);
    return operation;
  }
}
