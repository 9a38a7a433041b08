import { pino } from 'pino';
import type { Config } from '../../config/config.js';
import { newAccount } from '../../db/connection/account.js';
import type { Database } from '../../db/database.js';
import { createGateway, type Gateway } from '../../gateway.js';
import type { Viewer } from '../../identity/viewer.js';
import { isDemo, NotDemo } from '../demo-organization.js';
import { RULE } from './plan.js';
import { playDay, playLive } from './play.js';
import type { TrafficOptions } from './traffic-options.js';
import { makeVendorAccounts, RealAccount, refuseRealAccounts } from './vendor-accounts.js';
import type { Writer } from './write.js';
import { type Ask, TrafficWriter } from './writer.js';

/** How far a run is. */
export type TrafficState = 'RUNNING' | 'STOPPING' | 'DONE' | 'STOPPED' | 'FAILED';

export interface TrafficPlace {
  config: Partial<Config>;
  database: Database;
  organization: Viewer['organization'];
  /** Of the simulated vendor; null for no vendor accounts. */
  burkiUrl: string | null;
}

/** Simulated calls of one organization, from their begin to their end. */
export class Traffic {
  readonly options: TrafficOptions;
  readonly startedAt = new Date();
  readonly #stop = new AbortController();
  readonly #played = { calls: 0 };
  #writer: TrafficWriter | undefined;
  #state: TrafficState = 'RUNNING';
  #problem: string | undefined;
  /** Resolves when all is written, or it has stopped. */
  readonly ended: Promise<void>;

  /** @throws NotDemo */
  constructor(where: TrafficPlace, options: TrafficOptions) {
    const { organization } = where;
    if (!isDemo(organization.id))
      throw new NotDemo(`organization ${organization.slug} was not made by the demo`);
    this.options = options;
    this.ended = this.#run(where);
    this.ended.then(
      () => {
        this.#state = this.#stop.signal.aborted ? 'STOPPED' : 'DONE';
      },
      (error) => {
        this.#state = 'FAILED';
        this.#problem = error instanceof RealAccount ? error.message : 'the calls could not be written';
      },
    );
  }

  get state(): TrafficState {
    return this.#state === 'RUNNING' && this.#stop.signal.aborted ? 'STOPPING' : this.#state;
  }

  get calls(): number {
    return this.#played.calls;
  }

  get writes(): number {
    return this.#writer?.written ?? 0;
  }

  /** What went wrong, in a sentence. */
  get problem(): string | null {
    return this.#problem ?? this.#writer?.firstRefusal ?? null;
  }

  get refused(): number {
    return this.#writer?.refused ?? 0;
  }

  /** What is being sent is finished, and calls that are under way end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended.catch(() => {});
  }

  async #run({ config, database, organization, burkiUrl }: TrafficPlace): Promise<void> {
    const log = pino({ level: 'silent' });
    // It never listens, so that these writes pass all checks, and take no turn and no rate from the clients. Others send.
    const limits = { rateLimit: 0, vendors: false, vendorsAllowPrivate: true };
    const gateway = await createGateway({ config: { ...config, ...limits }, database, log });
    try {
      const ask = asking(gateway, organization);
      const accounts = await refuseRealAccounts(ask);
      await makeRule(ask);
      if (burkiUrl !== null && config.secretsKeys?.length) await makeVendorAccounts(ask, accounts, burkiUrl);
      const writer = new TrafficWriter(ask);
      this.#writer = writer;
      const { seed, calls, day, perSecond, speed } = this.options;
      const { signal } = this.#stop;
      if (day === null) {
        const live = { seed, calls, perSecond, speed, day: this.startedAt.toISOString() };
        await playLive(live, writer, this.#played, signal);
      } else {
        await playDay({ seed, day, calls: calls ?? 0 }, writer, this.#played, signal);
      }
    } finally {
      await gateway.close();
    }
  }
}

const KEY = 'switchboard demo';

function asking(gateway: Gateway, organization: Viewer['organization']): Ask {
  const account = newAccount(organization.id, KEY);
  const viewer = (name: Writer): Viewer => ({
    ...{ organization, keyId: KEY, kind: 'APP', name, staffUid: null, scopes: ['ADMIN'], account },
  });
  return (writer, query, variables) => gateway.ask(viewer(writer), query, variables);
}

async function makeRule(ask: Ask): Promise<void> {
  const { data } = await ask('CRM', '{ matchRules { name } }', {});
  const { matchRules } = data as { matchRules: { name: string }[] };
  if (matchRules.some(({ name }) => name === RULE.name)) return;
  await ask(
    'CRM',
    'mutation ($input: CreateMatchRuleInput!) { createMatchRule(input: $input) { errors { message } } }',
    { input: RULE },
  );
}
