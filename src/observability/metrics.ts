import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { PoolLoad } from '../db/database.js';
import type { ReplicaFigures, Replicas } from '../db/replicas/replicas.js';
import { VERSION } from '../foundation/version.js';
import type { RequestRecord } from '../graphql/request-record.js';
import type { SystemFigures } from '../vendors/system-figures.queries.js';
import { traceIdOf } from './trace-id.js';

/** Clients choose operation names, so only this many get their own label. */
const MOST_OPERATIONS = 100;
const OTHER = 'other';
const UNNAMED = 'unnamed';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const COSTS = [1, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000];

/** Of one database. */
interface ShardSource {
  pool(): PoolLoad;
  logHeldFor(): number;
  /** Empty, and without a statement, while there are no vendor accounts. */
  deliveries(): Promise<SystemFigures[]>;
}

export interface MetricSources {
  /** Of several, each has a label with its number. */
  shards: readonly ShardSource[];
  replicas: Pick<Replicas, 'figures' | 'counts'> | null;
  requests(): { executing: number; queued: number };
  bytes(): { ofAnswers: number; ofBodies: number };
  live(): { sockets: number; streams: number; subscriptions: number };
  isDraining(): boolean;
}

export class Metrics {
  /** Exemplars are for registries of OpenMetrics alone. */
  readonly #registry = registryOf(Registry.OPENMETRICS_CONTENT_TYPE);
  readonly #requests: Counter<'operation' | 'outcome'>;
  readonly #durations: Histogram<'operation'>;
  readonly #costs: Histogram;
  readonly #deliveries: Counter<'system' | 'kind' | 'outcome'>;
  readonly #deliveryDurations: Histogram<'system'>;
  readonly #messages: Counter<'system' | 'state'>;
  readonly #imported: Counter<'system' | 'outcome'>;
  readonly #messageDurations: Histogram<'system'>;
  readonly #persisted: Counter<'outcome'>;
  readonly #pruned: Counter<'what'>;
  readonly #operations = new Set([OTHER, UNNAMED]);
  readonly #hasExemplars: boolean;
  #isScraped = false;

  /** With exemplars, the buckets of durations have the trace of the request that they counted last. */
  constructor(sources: MetricSources, { hasExemplars = false } = {}) {
    this.#hasExemplars = hasExemplars;
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: 'switchboard_requests_total',
      help: 'Requests by the name of their GraphQL operation and how they ended',
      labelNames: ['operation', 'outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'switchboard_request_duration_seconds',
      help: 'Seconds from the headers of a request to its answer',
      labelNames: ['operation'],
      buckets: SECONDS,
      enableExemplars: hasExemplars,
      registers,
    });
    this.#costs = new Histogram({
      name: 'switchboard_request_cost',
      help: 'The cost of requests, as in extensions.cost',
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
    new Gauge({
      name: 'switchboard_build_info',
      help: '1, with the versions of the gateway and of Node as labels',
      labelNames: ['version', 'node'],
      registers,
    }).set({ version: VERSION, node: process.version }, 1);
    gauge('requests_executing', 'Requests in execution', () => sources.requests().executing);
    gauge('requests_queued', 'Requests that wait for their turn', () => sources.requests().queued);
    gauge('answer_bytes', 'Bytes of answers in progress', () => sources.bytes().ofAnswers);
    gauge('body_bytes', 'Bytes of large bodies until they are answered', () => sources.bytes().ofBodies);
    gauge('draining', '1 during the shutdown', () => Number(sources.isDraining()));
    shardMetrics(registers, sources.shards);
    gauge('live_sockets', 'Open WebSockets', () => sources.live().sockets);
    gauge('live_streams', 'Open event streams', () => sources.live().streams);
    gauge('live_subscriptions', 'Subscriptions on both', () => sources.live().subscriptions);
    this.#deliveries = new Counter({
      name: 'switchboard_deliveries_total',
      help: 'Tries of deliveries to vendors, by the state that they led to',
      labelNames: ['system', 'kind', 'outcome'],
      registers,
    });
    this.#deliveryDurations = new Histogram({
      name: 'switchboard_delivery_attempt_seconds',
      help: 'Seconds that a try of a delivery took',
      labelNames: ['system'],
      buckets: SECONDS,
      registers,
    });
    this.#imported = new Counter({
      name: 'switchboard_imported_calls_total',
      help: 'Records that imports have read, by what became of them',
      labelNames: ['system', 'outcome'],
      registers,
    });
    this.#messages = new Counter({
      name: 'switchboard_inbound_total',
      help: "Tries of vendors' webhooks, by the state that they led to",
      labelNames: ['system', 'state'],
      registers,
    });
    this.#persisted = new Counter({
      name: 'switchboard_persisted_operations_total',
      help: 'Documents that clients sent by hash: hit, miss (the text is to follow), kept (with its text), refused',
      labelNames: ['outcome'],
      registers,
    });
    this.#pruned = new Counter({
      name: 'switchboard_pruned_rows_total',
      help: 'Rows that were older than they are to be kept, by what they were',
      labelNames: ['what'],
      registers,
    });
    this.#messageDurations = new Histogram({
      name: 'switchboard_inbound_attempt_seconds',
      help: "Seconds that a try of a vendor's webhook took",
      labelNames: ['system'],
      buckets: SECONDS,
      registers,
    });
    if (sources.replicas !== null) replicaMetrics(registers, sources.replicas);
  }

  count(requestRecord: RequestRecord, seconds: number): void {
    const operation = this.#nameOf(requestRecord);
    this.#requests.inc({ operation, outcome: requestRecord.outcome });
    if (requestRecord.type !== 'subscription') this.#observe(operation, seconds, requestRecord.trace);
    if (requestRecord.cost !== null) this.#costs.observe(requestRecord.cost);
  }

  countDelivery(labels: { system: string; kind: string; outcome: string }, seconds: number): void {
    this.#deliveries.inc(labels);
    this.#deliveryDurations.observe({ system: labels.system }, seconds);
  }

  countMessage(labels: { system: string; state: string }, seconds: number): void {
    this.#messages.inc(labels);
    this.#messageDurations.observe({ system: labels.system }, seconds);
  }

  countImported(system: string, counts: Readonly<Record<string, number>>): void {
    for (const [outcome, number] of Object.entries(counts)) this.#imported.inc({ system, outcome }, number);
  }

  countPersisted(outcome: string): void {
    this.#persisted.inc({ outcome });
  }

  countPruned(rows: Readonly<Record<string, number>>): void {
    for (const [what, number] of Object.entries(rows)) this.#pruned.inc({ what }, number);
  }

  #observe(operation: string, seconds: number, trace: string | null): void {
    const labels = { operation };
    if (!this.#hasExemplars) this.#durations.observe(labels, seconds);
    else {
      const exemplarLabels = trace === null ? {} : { trace_id: traceIdOf(trace) };
      // The types know no labels of exemplars but the metric's own.
      this.#durations.observe({ labels, value: seconds, exemplarLabels: exemplarLabels as typeof labels });
    }
  }

  /** In the form that the scraper accepts: only OpenMetrics has exemplars. */
  async scrape(accept = ''): Promise<{ type: string; text: string }> {
    // Watches the event loop and the garbage collector, so it starts with the first scrape.
    if (!this.#isScraped) collectDefaultMetrics({ register: this.#registry });
    this.#isScraped = true;
    const isOpen = accept.includes('application/openmetrics-text');
    return scrapedAs(
      isOpen ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE,
      this.#registry,
    );
  }

  /** Only signed-in requests with an answer add a name, so that others cannot use up the labels. */
  #nameOf({ operation, type, key, outcome }: RequestRecord): string {
    const name = type === null ? OTHER : (operation ?? UNNAMED);
    if (this.#operations.has(name)) return name;
    if (key === null || outcome !== 'ok' || this.#operations.size >= MOST_OPERATIONS + 2) return OTHER;
    this.#operations.add(name);
    return name;
  }
}

interface Values {
  name: string;
  type: string;
}

interface Readable {
  get(): Promise<Values>;
  getForPromString?(): Promise<Values>;
}

interface Form {
  contentType: string;
  getMetricsAsString(metric: Readable): Promise<string>;
}

/** Not `Registry.metrics`: that of OpenMetrics would rename the counters for good. */
async function scrapedAs(type: string, registry: Registry): Promise<{ type: string; text: string }> {
  const form = registryOf(type) as unknown as Form;
  const isOpen = type === Registry.OPENMETRICS_CONTENT_TYPE;
  const metrics = registry.getMetricsAsArray() as unknown as Readable[];
  const texts = metrics.map((metric) =>
    form.getMetricsAsString({
      get: async () => {
        const values = await (metric.getForPromString?.() ?? metric.get());
        const isShortened = isOpen && values.type === 'counter';
        return isShortened ? { ...values, name: values.name.replace(/_total$/, '') } : values;
      },
    }),
  );
  const text = (await Promise.all(texts)).join(isOpen ? '\n' : '\n\n');
  return { type: form.contentType, text: `${text}\n${isOpen ? '# EOF\n' : ''}` };
}

/** The types know no argument. */
function registryOf(type: string): Registry {
  const Registries = Registry as unknown as new (type: string) => Registry;
  return new Registries(type);
}

function shardMetrics(registers: Registry[], shards: readonly ShardSource[]): void {
  const ofShard = shards.length > 1 ? ['shard'] : [];
  const labelsOf = (shard: number) => (shards.length > 1 ? { shard: String(shard) } : {});
  const gauge = (name: string, help: string, value: (source: ShardSource) => number) =>
    new Gauge({
      name: `switchboard_${name}`,
      help,
      labelNames: ofShard,
      registers,
      collect() {
        for (const [shard, source] of shards.entries()) this.set(labelsOf(shard), value(source));
      },
    });
  gauge(
    'database_pool_size',
    'Connections to Postgres at most, beside the one for sign-in',
    ({ pool }) => pool().size,
  );
  gauge('database_pool_in_use', 'Connections to Postgres in use', ({ pool }) => pool().inUse);
  gauge(
    'database_pool_waiting',
    'Statements and transactions that wait for a connection',
    ({ pool }) => pool().waiting,
  );
  gauge(
    'log_held_seconds',
    'Since the oldest transaction began that holds back what subscriptions are sent; 0 without one',
    ({ logHeldFor }) => logHeldFor(),
  );
  new Counter({
    name: 'switchboard_database_statements_total',
    help: 'Statements sent to Postgres',
    labelNames: ofShard,
    registers,
    collect() {
      this.reset();
      for (const [shard, { pool }] of shards.entries()) this.inc(labelsOf(shard), pool().statements);
    },
  });
  let figures: Promise<SystemFigures[]>[] = [];
  const ofSystems = (name: string, help: string, value: (figures: SystemFigures) => number) =>
    new Gauge({
      name: `switchboard_${name}`,
      help,
      labelNames: ['system', ...ofShard],
      registers,
      async collect() {
        // The first of them reads for all.
        if (name === 'deliveries_pending') {
          figures = shards.map(({ deliveries }) => deliveries().catch(() => []));
        }
        this.reset();
        for (const [shard, ofSystem] of (await Promise.all(figures)).entries()) {
          for (const each of ofSystem) this.set({ system: each.system, ...labelsOf(shard) }, value(each));
        }
      },
    });
  ofSystems('deliveries_pending', 'Deliveries that are to be sent', ({ pending }) => pending);
  ofSystems('deliveries_dead', 'Deliveries that were refused or given up', ({ dead }) => dead);
  ofSystems(
    'delivery_lag_seconds',
    'Since the oldest delivery was written that is to be sent',
    ({ lag }) => lag,
  );
  ofSystems(
    'inbound_pending',
    "Vendors' webhooks that are to be processed, or tried again",
    ({ inbound }) => inbound,
  );
  ofSystems(
    'vendor_accounts_failing',
    'Accounts that refuse the credentials or do not answer',
    ({ failing }) => failing,
  );
}

function replicaMetrics(registers: Registry[], replicas: NonNullable<MetricSources['replicas']>): void {
  const counter = (name: string, help: string, label: string, values: () => Record<string, number>) =>
    new Counter({
      name: `switchboard_${name}`,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(values())) this.inc({ [label]: value }, count);
      },
    });
  counter('reads_total', 'Queries by where they began to read', 'source', () => replicas.counts.reads);
  counter(
    'replica_fallbacks_total',
    'Queries, and statements of queries, that the primary answered instead of a replica, by why',
    'reason',
    () => replicas.counts.fallbacks,
  );
  const gauge = (name: string, help: string, value: (figures: ReplicaFigures) => number | undefined) =>
    new Gauge({
      name: `switchboard_replica_${name}`,
      help,
      labelNames: ['replica'],
      registers,
      collect() {
        this.reset();
        for (const each of replicas.figures) {
          const found = value(each);
          if (found !== undefined) this.set({ replica: each.name }, found);
        }
      },
    });
  gauge('up', '1 while queries may read from the replica', ({ state }) => Number(state === 'ok'));
  gauge('lag_bytes', 'Bytes of the write-ahead log that the replica lacks', ({ lag }) => lag?.bytes);
  gauge('lag_seconds', 'Age of the oldest write that the replica lacks, at most', ({ lag }) => lag?.seconds);
  gauge('pool_in_use', 'Connections to the replica in use', ({ pool }) => pool.inUse);
  gauge('pool_waiting', 'Statements that wait for a connection to the replica', ({ pool }) => pool.waiting);
}
