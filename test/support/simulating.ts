import { pino } from 'pino';
import type { Database } from '../../src/db/database.js';
import { DemoTraffic } from '../../src/demo/traffic/traffic-routes.js';
import { createGateway, type GatewayConfig } from '../../src/gateway.js';

/** A gateway on this database that simulates calls on request, as the program does, and the vendor that they have. */
export async function openSimulating(
  database: Database,
  settings: GatewayConfig = {},
): Promise<{ url: string; close(): Promise<void> }> {
  const log = pino({ level: 'silent' });
  const config = { port: 0, shutdownTimeout: 0, ...settings };
  const traffic = new DemoTraffic(config, [database], log);
  const { routes, isOwnVendor } = traffic;
  const gateway = await createGateway({ config, database, log, routes, isOwnVendor });
  const { url } = await gateway.listen();
  const close = async () => {
    await traffic.close();
    await gateway.close();
  };
  return { url, close };
}
