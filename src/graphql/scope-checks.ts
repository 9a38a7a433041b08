import { GraphQLError } from 'graphql';
import { actorTypeOf } from '../identity/actor.js';
import type { Scope } from '../identity/identity.enums.js';
import { hasScope } from '../identity/scopes.js';
import type { Viewer } from '../identity/viewer.js';
import type { IdType } from './ids.js';

export type NodeType = Exclude<IdType, 'api_key' | 'person'>;

const NODE_SCOPES: Record<NodeType, Scope> = {
  organization: 'CALLS_READ',
  call: 'CALLS_READ',
  voice_call: 'CALLS_READ',
  call_flow: 'CALLS_READ',
  call_flow_command: 'CALLS_READ',
  call_event: 'CALLS_READ',
  call_group: 'CALLS_READ',
  call_change: 'CALLS_READ',
  match_rule: 'ADMIN',
  vendor_account: 'ADMIN',
  // Call.deliveries shows all of them.
  delivery: 'CALLS_READ',
  inbound_message: 'ADMIN',
  call_import: 'ADMIN',
  call_recording: 'CALLS_READ',
  call_transcript: 'CALLS_READ',
};

export function demandNodeScope(viewer: Viewer, type: NodeType): void {
  demandScope(viewer, NODE_SCOPES[type]);
}

/** @throws FORBIDDEN naming the missing scope */
export function demandScope(viewer: Viewer, scope: Scope): void {
  if (hasScope(viewer, scope)) return;
  const credential = actorTypeOf(viewer) === 'API_KEY' ? 'API key' : 'token';
  throw new GraphQLError(`This ${credential} lacks the scope ${scope}.`, {
    extensions: { code: 'FORBIDDEN' },
  });
}
