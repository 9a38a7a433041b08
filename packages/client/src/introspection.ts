export { graphcacheSchema as introspection } from './generated/graphcache-schema.js';
export { possibleTypes } from './generated/possible-types.js';
