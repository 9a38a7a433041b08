import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { GatewayProcess } from '../support/gateway-process.js';
import { type Operation, probe, type Send, sender } from './requests.js';

/** Milliseconds between two looks at a gateway's readiness. */
const PROBE_EVERY = 50;

export interface Traffic {
  answered: number;
  /** Failed requests, with what came instead of an answer. */
  failures: string[];
  stop(): Promise<void>;
}

/** Sends requests to those gateways that say they are ready, and nothing twice, as a load balancer without retries. */
export class Balancer {
  readonly #token: string;
  readonly #ready = new Map<GatewayProcess, Send>();
  /** A failed test leaves its clients and probes running. */
  #isOver = false;

  constructor(token: string) {
    this.#token = token;
    onTestFinished(() => {
      this.#isOver = true;
    });
  }

  get ready(): number {
    return this.#ready.size;
  }

  /** Polls the gateway's readiness until it is gone. */
  add(gateway: GatewayProcess): void {
    const send = sender(gateway, this.#token);
    void (async () => {
      while (!this.#isOver && gateway.process.exitCode === null && gateway.process.signalCode === null) {
        const found = await probe(gateway.url, '/health/ready');
        if (found?.status === 200) this.#ready.set(gateway, send);
        else this.#ready.delete(gateway);
        await sleep(PROBE_EVERY);
      }
      this.#ready.delete(gateway);
    })();
  }

  /** Clients that each send one request after the other. */
  load(clients: number, operation: () => Operation): Traffic {
    const failures: string[] = [];
    let isOver = false;
    const traffic: Traffic = { answered: 0, failures, stop: async () => {} };
    const client = async (index: number) => {
      for (let turn = index; !isOver && !this.#isOver; turn += 1) {
        const sends = [...this.#ready.values()];
        const send = sends[turn % Math.max(1, sends.length)];
        if (send === undefined) {
          await sleep(5);
          continue;
        }
        try {
          const { status, text } = await send(operation());
          if (status === 200 && !text.includes('"code"')) traffic.answered += 1;
          else failures.push(`${status} ${text}`);
        } catch (error) {
          failures.push(String((error as Error).cause ?? error));
          // A client that is closed refuses in the same turn, for ever.
          await sleep(1);
        }
      }
    };
    const running = Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
    traffic.stop = async () => {
      isOver = true;
      await running;
    };
    return traffic;
  }
}
