import { joinCalls } from '../events/events.js';
import { randomOf } from '../live/random.js';
import { hangUpCall, mergeCallMetadata, upsertCall } from '../support/documents.js';
import type { Client } from '../support/gateway.js';

const STATUSES = ['QUEUED', 'RINGING', 'RINGING', 'IN_PROGRESS', 'COMPLETED'];

/** Random writes by a seed: calls come, change, enter and leave lists, are joined and erased. */
export class LiveWrites {
  readonly #client: Client;
  readonly #random: ReturnType<typeof randomOf>;
  readonly #names: string[] = [];
  readonly #ids: string[] = [];

  constructor(client: Client, seed: number) {
    this.#client = client;
    this.#random = randomOf(seed);
  }

  async newCalls(count: number): Promise<void> {
    for (let made = 0; made < count; made += 1) await this.newCall({});
  }

  async newCall(fields: object): Promise<string> {
    const name = `call ${this.#names.length}`;
    this.#names.push(name);
    const input = { status: this.#random.of(STATUSES), metadata: this.#metadata(), ...fields };
    const { call } = await upsertCall(this.#client, { references: [reference(name)], ...input });
    this.#ids.push(call.id);
    return call.id;
  }

  async some(count: number): Promise<void> {
    for (let done = 0; done < count; done += 1) await this.#any();
  }

  async #any(): Promise<void> {
    const { below, of } = this.#random;
    const kind = below(10);
    if (kind < 2) await this.newCall({});
    else if (kind < 5) {
      const references = [reference(of(this.#names))];
      await upsertCall(this.#client, { references, status: of(STATUSES) });
    } else if (kind < 8) {
      await mergeCallMetadata(this.#client, { call: { id: of(this.#ids) }, metadata: this.#metadata() });
    } else if (kind < 9) await joinCalls(this.#client, { id: of(this.#ids) }, { id: of(this.#ids) });
    else if (below(2) < 1) await this.#erase(of(this.#ids));
    else await hangUpCall(this.#client, { id: of(this.#ids) });
  }

  async #erase(id: string): Promise<void> {
    await this.#client.ask(
      'mutation ($id: ID!) { eraseCall(call: { id: $id }) { erasedCallId errors { code } } }',
      { id },
    );
  }

  #metadata(): object {
    const { of, below } = this.#random;
    return { case: of([null, 1, 2]), step: below(1_000) };
  }
}

const reference = (value: string) => ({ system: 'OTHER', name: 'test', value });
