// Hive Gateway, in front of a supergraph: node hive.mjs SUPERGRAPH_FILE prints its URL, and stops with its input.
import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';

const [supergraph] = process.argv.slice(2);
const runtime = createGatewayRuntime({
  supergraph,
  logging: 'warn',
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') ?? '' }),
  },
  transportEntries: {
    switchboard: {
      options: {
        subscriptions: {
          kind: 'ws',
          options: { connectionParams: { Authorization: '{context.headers.authorization}' } },
        },
      },
    },
  },
});
const server = createServer(runtime);
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/graphql\n`);
});
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
