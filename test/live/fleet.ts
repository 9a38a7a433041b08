import { type GatewayProcess, startGateway } from '../support/gateway-process.js';
import type { Ended } from '../support/program.js';

export interface Fleet {
  /** Those started and not ended. A stopping one is included, as a load balancer would have it. */
  running(): GatewayProcess[];
  /** Ends one by a signal, and starts another. Returns how it ended. */
  replace(gateway: GatewayProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<Ended>;
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

export const portOf = ({ url }: { url: string }): number => Number(new URL(url).port);
