/** PostGraphile 5 with its recommended preset, straight from the tables; installed in a folder of its own. */
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { announce, DATABASE_URL, POOL_SIZE, required } from './shared/settings.js';

// It is no dependency of this project, so its types are not at hand.
interface Modules {
  postgraphile: { postgraphile(preset: object): { createServ(adaptor: object): Serv } };
  'postgraphile/presets/amber': { PostGraphileAmberPreset: object };
  'postgraphile/adaptors/pg': { makePgService(options: object): object };
  'postgraphile/grafserv/node': { grafserv: object };
}
interface Serv {
  addTo(server: Server): Promise<void>;
}

const require = createRequire(join(required('POSTGRAPHILE'), 'package.json'));
const load = <Name extends keyof Modules>(name: Name): Modules[Name] => require(name);

const service = load('postgraphile/adaptors/pg').makePgService({
  connectionString: DATABASE_URL,
  schemas: ['public'],
  poolConfig: { max: POOL_SIZE },
});
const instance = load('postgraphile').postgraphile({
  extends: [load('postgraphile/presets/amber').PostGraphileAmberPreset],
  pgServices: [service],
  grafserv: { watch: false },
});
const server = createServer();
await instance.createServ(load('postgraphile/grafserv/node').grafserv).addTo(server);
announce(server, '/graphql');
