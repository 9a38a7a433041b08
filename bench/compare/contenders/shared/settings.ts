import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

export const DATABASE_URL = required('DATABASE_URL');
/** Whose calls are served: a contender authenticates nobody. */
export const ORGANIZATION_ID = required('ORGANIZATION_ID');
/** What the gateway has by default. */
export const POOL_SIZE = Number(required('POOL_SIZE'));
/** The name in the history, where the gateway writes its key's. */
export const ACTOR = 'bench';

/** Listens on any free port and says so, as the benchmark expects; ends on SIGTERM. */
export function announce(server: Server, path = ''): void {
  server.listen(0, '127.0.0.1', () => {
    sayListening(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, path);
  });
}

export function sayListening(address: string, path: string): void {
  console.log(`listens on ${address}${path}`);
  process.on('SIGTERM', () => process.exit(0));
}
