export const OVERLOADED = 'Too many requests are being executed; try again in a moment';
/** Seconds. */
export const RETRY_AFTER = '1';
