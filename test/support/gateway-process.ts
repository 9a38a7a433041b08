import { type Program, startProgram } from './program.js';

export interface Answer {
  status: number;
  body: { data?: Record<string, unknown> | null; errors?: { message: string }[] };
}

/** A gateway in a process of its own, as `npm start` runs it. */
export interface GatewayProcess extends Program {
  /** Where it listens: http://127.0.0.1:…/graphql. */
  url: string;
  /** The demo's token, which only a first start prints. */
  token: string | undefined;
}

/**
 * Starts the built gateway on a free port and waits until it listens. Unless told otherwise it stops at once when it is to
 * stop, and its log has no line for each request.
 */
export async function startGateway(env: Record<string, string>): Promise<GatewayProcess> {
  return untilListening(
    startProgram('main.js', [], { PORT: '0', LOG_LEVEL: 'warn', DRAIN_DELAY: '0', ...env }),
  );
}

/** Waits until a gateway listens. */
export async function untilListening(program: Program): Promise<GatewayProcess> {
  const [, url = ''] = await program.says(/listens on (\S+)/);
  const [, token] = await program.says(/Bearer (sb_\S+)|Bearer TOKEN/);
  return { ...program, url, token };
}

export async function ask(url: string, token: string | undefined, query: string): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const reference = (value: string) => `{ system: OTHER, name: "test", value: "${value}" }`;

/** Resolves once the gateway has acknowledged the call. */
export async function writeCall(
  gateway: GatewayProcess,
  token: string | undefined,
  value: string,
): Promise<void> {
  const mutation = `mutation { upsertCall(input: { references: [${reference(value)}] }) { errors { message } } }`;
  const { body } = await ask(gateway.url, token, mutation);
  if (body.errors || JSON.stringify(body.data) !== '{"upsertCall":{"errors":[]}}') {
    throw new Error(`the call was not written: ${JSON.stringify(body)}`);
  }
}

export async function hasCall(
  gateway: GatewayProcess,
  token: string | undefined,
  value: string,
): Promise<boolean> {
  const { body } = await ask(
    gateway.url,
    token,
    `{ callByReference(reference: ${reference(value)}) { __typename } }`,
  );
  return body.data?.callByReference != null;
}
