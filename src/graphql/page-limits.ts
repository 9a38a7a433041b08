/** How many a page has where neither first nor last is given, and at most. */
export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;
