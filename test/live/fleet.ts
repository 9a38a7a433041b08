import { type GatewayProcess, startGateway } from '../support/gateway-process.js';
import type { Ended } from '../support/program.js';

/** Several gateways on one database, each in a process of its own. */
export interface Fleet {
  /** Those that have been started and have not ended: one that is stopping is among them, as a balancer would have it. */
  running(): GatewayProcess[];
  /** Ends one of them by a signal, and starts another in its place. Answers how it ended. */
  replace(gateway: GatewayProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<Ended>;
  /** Ends all, in their orderly way. */
  close(): Promise<Ended[]>;
}

export async function startFleet(size: number, env: Record<string, string>): Promise<Fleet> {
  const gateways = new Set<GatewayProcess>();
  const start = async () => {
    const gateway = await startGateway(env);
    gateways.add(gateway);
    void gateway.ended.then(() => gateways.delete(gateway));
  };
  const end = (gateway: GatewayProcess, signal: 'SIGKILL' | 'SIGTERM') => {
    gateway.process.kill(signal);
    return gateway.ended;
  };
  await Promise.all(Array.from({ length: size }, start));
  return {
    running: () => [...gateways],
    async replace(gateway, signal) {
      const [ended] = await Promise.all([end(gateway, signal), start()]);
      return ended;
    },
    close: () => Promise.all([...gateways].map((gateway) => end(gateway, 'SIGTERM'))),
  };
}

/** The port of a gateway's URL. */
export const portOf = ({ url }: { url: string }): number => Number(new URL(url).port);
