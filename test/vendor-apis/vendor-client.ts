import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { expect } from 'vitest';
import { respelled } from '../../src/vendor-apis/spellings.js';
import type { TestGateway } from '../support/gateway.js';
import { answerProblem, OperationCheck, type VendorSpec } from '../support/vendors/vendor-spec.js';

const run = promisify(execFile);

export interface VendorAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape follows from the request that a test sends
  body: any;
}

export interface Sent {
  json?: unknown;
  /** As it is, with its content type. */
  raw?: { type: string; text: string };
  headers?: Record<string, string>;
}

export interface VendorClient {
  /** `line` is a method and a path. Every answer is checked by the vendor's specification. */
  send(line: string, sent?: Sent): Promise<VendorAnswer>;
  /** Runs a command of a document by curl itself. */
  curl(command: string): Promise<VendorAnswer>;
}

const originOf = ({ url }: TestGateway) => new URL(url).origin;

/** A program that was written against a vendor. Only the base URL and the key are of the gateway. */
export function vendorClient(
  gateway: TestGateway,
  spec: VendorSpec,
  authorization: string | null,
): VendorClient {
  const origin = originOf(gateway);
  const described = describedRequests(origin);
  const checks = spec.operations.map((each) => new OperationCheck(each, spec.ignoresCase ?? false));
  const judge = (line: string, answer: VendorAnswer) => {
    const [method = '', path = ''] = line.split(' ');
    const [pathname = ''] = path.split('?');
    const find = (each: string) => checks.find((check) => check.match(method, each) !== null);
    const check = find(pathname) ?? find(`${pathname}/`);
    if (check === undefined) throw new Error(`the specification has no ${line}`);
    const { status, text, headers } = answer;
    const type = headers['content-type'] ?? '';
    expect(
      answerProblem(check.operation, spec, { status, text, type }),
      `${line}: ${status} ${text}`,
    ).toBeNull();
    return answer;
  };
  return {
    async send(line, sent = {}) {
      const [method = '', path = ''] = line.split(' ');
      const { json, raw, headers } = sent;
      const text = raw?.text ?? (json === undefined ? undefined : JSON.stringify(json));
      const type = raw?.type ?? (json === undefined ? undefined : 'application/json');
      const response = await fetch(`${origin}${path}`, {
        method,
        redirect: 'error',
        headers: {
          ...(authorization === null ? {} : { authorization }),
          ...(type === undefined ? {} : { 'content-type': type }),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      });
      const answer = answerOf(response.status, Object.fromEntries(response.headers), await response.text());
      if (answer.status < 300) expect(await (await described)(method, path, json)).toBeNull();
      return judge(line, answer);
    },
    async curl(command) {
      const { stdout } = await run('sh', ['-c', `${command.trim()} -s -i`]);
      const end = stdout.indexOf('\r\n\r\n');
      const [first = '', ...lines] = stdout.slice(0, end).split('\r\n');
      const headers = lines
        .map((line) => line.split(': '))
        .map(([name = '', value = '']) => [name.toLowerCase(), value]);
      const answer = answerOf(
        Number(first.split(' ')[1]),
        Object.fromEntries(headers),
        stdout.slice(end + 4),
      );
      const [, method = 'GET'] = /(?:-X|--request) (\w+)/.exec(command) ?? [];
      return judge(`${method} ${command.split(origin)[1]?.split(/["' \\]/)[0]}`, answer);
    },
  };
}

function answerOf(status: number, headers: Record<string, string>, text: string): VendorAnswer {
  const isJson = /json/.test(headers['content-type'] ?? '');
  return { status, headers, text, body: isJson ? JSON.parse(text) : null };
}

/** A document's command, for this gateway and key. */
export const forGateway = (gateway: TestGateway, token: string, command: string): string =>
  command
    .replace(/https:\/\/[\w.-]+/, originOf(gateway))
    .replace(/YOUR_API_KEY|YOUR_SECRET_TOKEN|<token>/, token);

/** What the gateway's own description, which has each member in one spelling, says against a request that was accepted; null if nothing. */
async function describedRequests(origin: string) {
  const document = (await (await fetch(`${origin}/vendor-apis.json`)).json()) as OpenApi;
  const ajv = new Ajv({ strict: false, coerceTypes: true, allErrors: true, formats: { 'date-time': true } });
  const ofBodies = new Ajv({ strict: false, discriminator: true });
  return (method: string, path: string, body: unknown): string | null => {
    const [pathname = '', search = ''] = path.split('?');
    const operation = Object.entries(document.paths)
      .filter(([each]) =>
        new RegExp(`^${each.replaceAll(/\{\w+\}/g, '[^/]+').replace(/\/$/, '/?')}$`, 'i').test(pathname),
      )
      .toSorted(([one], [other]) => one.split('{').length - other.split('{').length)
      .flatMap(([, methods]) => methods[method.toLowerCase()] ?? [])[0];
    if (operation === undefined) return `${method} ${path} is not described`;
    const query = Object.fromEntries(new URLSearchParams(search));
    const properties = Object.fromEntries(
      (operation.parameters ?? [])
        .filter((each) => each.in === 'query')
        .map(({ name, schema }) => [name, schema]),
    );
    const filters = { patternProperties: { '^filter\\[': { type: 'string' } } };
    const ofQuery = ajv.compile({ type: 'object', properties, ...filters, additionalProperties: false });
    if (!ofQuery(query)) return `query ${ajv.errorsText(ofQuery.errors)}`;
    const schema = operation.requestBody?.content['application/json']?.schema;
    if (body === undefined || schema === undefined) return null;
    const ofBody = ofBodies.compile(schema);
    return ofBody(respelled(body, Object.keys(schema.properties ?? {})))
      ? null
      : `body ${ofBodies.errorsText(ofBody.errors)}`;
  };
}

interface OpenApi {
  paths: Record<string, Record<string, OpenApiOperation>>;
}

interface OpenApiOperation {
  parameters?: { in: string; name: string; schema: object }[];
  requestBody?: { content: Record<string, { schema: { properties?: object } }> };
}
