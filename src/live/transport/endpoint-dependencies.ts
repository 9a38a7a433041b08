import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import type { BodyBudget } from '../../http/body-budget.js';
import type { Origins } from '../../http/origins.js';
import type { WatchOperation } from '../../observability/request-watch.js';
import type { LiveShards } from '../live-shards.service.js';
import type { LiveConnections } from './connections.js';
import type { OperationRunner } from './operation.js';

export interface EndpointDependencies extends OperationRunner {
  live: LiveShards;
  connections: LiveConnections;
  bodyBudget: BodyBudget;
  config: Pick<Config, 'bodyLimit' | 'liveBufferLimit' | 'liveMaxAnonymous' | 'livePingInterval'>;
  origins: Origins;
  log: Logger;
  watchOperation: WatchOperation;
}
