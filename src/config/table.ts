import { limits } from './tables/limits.js';
import { load } from './tables/load.js';
import { operations } from './tables/operations.js';
import { postgres } from './tables/postgres.js';
import { retention } from './tables/retention.js';
import { server } from './tables/server.js';
import { subscriptions } from './tables/subscriptions.js';
import { tokens } from './tables/tokens.js';
import { vendors } from './tables/vendors.js';

export const TABLES = {
  server,
  postgres,
  load,
  subscriptions,
  vendors,
  retention,
  tokens,
  operations,
  limits,
};

export const SETTINGS = {
  ...server,
  ...postgres,
  ...load,
  ...subscriptions,
  ...vendors,
  ...retention,
  ...operations,
  ...limits,
};
