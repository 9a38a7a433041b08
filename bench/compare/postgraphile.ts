import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { PROJECT } from '../support/gateway.js';
import { type Form, uuids } from './pools.js';
import { nestedList } from './workloads.js';

/** Where PostGraphile 5 is installed, or null: it is no dependency of this project, and needs Node 22. */
export function postgraphileFolder(given: string): string | null {
  if (Number(process.versions.node.split('.')[0]) < 22) return null;
  const folder = given === '' ? PROJECT : resolve(given);
  try {
    createRequire(join(folder, 'package.json')).resolve('postgraphile');
    return folder;
  } catch {
    return null;
  }
}

/** Its own documents for what it can be asked, under the gateway's names as far as an alias goes. */
export const DOCUMENTS: Record<string, string> = {
  'call-by-id': `query ($organization: UUID!, $id: UUID!) {
    call: callByOrganizationIdAndRowId(organizationId: $organization, rowId: $id) {
      id: rowId direction status vendorStatus type from: fromAddress to: toAddress customerNumber channelId tags duration
      ringingAt startedAt answeredAt endedAt createdAt updatedAt revision metadata
    }
  }`,
  'nested-list': `query ($organization: UUID!, $first: Int!, $after: Cursor) {
    calls: allCalls(condition: { organizationId: $organization }, first: $first, after: $after, orderBy: ROW_ID_DESC) {
      nodes {
        id: rowId status from: fromAddress to: toAddress duration createdAt
        voiceCall: voiceCallByOrganizationIdAndCallId {
          id: rowId staffUid clientUid status price duration callSummary
        }
        callFlows: callFlowsByOrganizationIdAndCallId(first: 1, orderBy: REVISION_DESC) {
          nodes {
            id: rowId revision
            commands: callFlowCommandsByOrganizationIdAndFlowId(orderBy: POSITION_ASC) {
              nodes { id: rowId command status options }
            }
          }
        }
      }
    }
  }`,
};

const CURSOR = `query ($organization: UUID!) {
  allCalls(condition: { organizationId: $organization }, first: 1, orderBy: ROW_ID_DESC) { edges { cursor node { rowId } } }
}`;

/** Its cursors are JSON in base64, where only the id differs from row to row. */
export async function readForm(url: string, organization: string): Promise<Form> {
  const body = JSON.stringify({ query: CURSOR, variables: { organization } });
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { data } = (await answer.json()) as { data: { allCalls: { edges: Edge[] } } };
  const [{ cursor, node } = { cursor: '', node: { rowId: '' } }] = data.allCalls.edges;
  const text = Buffer.from(cursor, 'base64').toString();
  const cursorOf = (uuid: string) => Buffer.from(text.replaceAll(node.rowId, uuid)).toString('base64');
  return { ...uuids, cursors: () => cursorOf };
}

interface Edge {
  cursor: string;
  node: { rowId: string };
}

type Json = Record<string, unknown>;
interface Nodes {
  nodes: (Json & { commands: { nodes: (Json & { command: string; options: Json })[] } })[];
}
interface Answer {
  call?: Json;
  calls?: { nodes: (Json & { callFlows: Nodes })[] };
}

/** Its answer in the gateway's shape, for the check: what a client would have to do. */
export function inGatewayShape(data: Json): Json {
  const { call, calls } = data as Answer;
  if (call !== undefined) return { call: withInstants(call) };
  const nodes = calls?.nodes.map(({ callFlows, ...each }) => {
    const [flow] = callFlows.nodes;
    const callFlow = flow
      ? {
          ...flow,
          status: 'ACTIVE',
          commands: flow.commands.nodes.map(({ options, ...command }) => ({
            ...command,
            ...optionsOf(command.command, options),
          })),
        }
      : null;
    return { ...withInstants(each), callFlow };
  });
  return { calls: { nodes } };
}

const withInstants = (call: Json): Json =>
  Object.fromEntries(
    Object.entries(call).map(([key, value]) => [
      key,
      key.endsWith('At') && typeof value === 'string' ? new Date(value).toISOString() : value,
    ]),
  );

/** The options that the gateway's document asks of a command. */
function optionsOf(command: string, options: Json): Json {
  const type = `${command[0]}${command.slice(1).toLowerCase()}Command`;
  const [, names = ''] = new RegExp(`on ${type} \\{ ([^}]*) \\}`).exec(nestedList.query) ?? [];
  const empty = command === 'ANSWER' ? [] : null;
  return Object.fromEntries(
    names
      .split(' ')
      .filter((name) => name !== '')
      .map((name) => [name, options[name] ?? empty]),
  );
}
