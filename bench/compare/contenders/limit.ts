/**
 * The limit: node:http and postgres.js, for each kind of request one hand-written statement whose answer is the finished
 * JSON. No GraphQL, no validation, no authentication: nobody can be much faster with these libraries and these tables.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import postgres, { type PendingQuery } from 'postgres';
import { limitReads } from './limit-reads.js';
import { limitWrites } from './limit-writes.js';
import { announce, DATABASE_URL, ORGANIZATION_ID, POOL_SIZE } from './shared/settings.js';

/** Answers one kind of request; no row is a call that is not there. */
export type Route = (variables: never) => PendingQuery<{ answer: string }[]>;

const sql = postgres(DATABASE_URL, { max: POOL_SIZE, onnotice: () => {} });
const routes = new Map<string, Route>(
  Object.entries({ ...limitReads(sql, ORGANIZATION_ID), ...limitWrites(sql, ORGANIZATION_ID) }).map(
    ([name, route]) => [`/${name}`, route as Route],
  ),
);

async function answer(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
  const route = routes.get(request.url ?? '');
  if (route === undefined) throw new Error(`there is no route ${request.url}`);
  const [row] = await route(JSON.parse(body).variables as never);
  if (row === undefined) throw new Error(`${request.url} found nothing`);
  const bytes = Buffer.from(row.answer);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}

function fail(response: ServerResponse, error: unknown): void {
  console.error(error);
  response.writeHead(500).end();
}

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    answer(request, body, response).catch((error) => fail(response, error));
  });
});
announce(server);
