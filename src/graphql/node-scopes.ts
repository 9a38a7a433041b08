import type { Scope, Viewer } from '../identity/viewer.js';
import { demandScope } from './auth-checker.js';
import type { IdType } from './ids.js';

/** What `node` reads; an API key is shown by the command line only. */
export type NodeType = Exclude<IdType, 'api_key'>;

/** The scope that reads each kind of Node, whichever way leads to it: that of the root fields which show it. */
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
};

/** @throws FORBIDDEN where the viewer may not read things of this kind */
export function demandNodeScope(viewer: Viewer, type: NodeType): void {
  demandScope(viewer, NODE_SCOPES[type]);
}
