/** How many keys one `Call.metadata` may name. */
export const MOST_METADATA_KEYS = 100;
