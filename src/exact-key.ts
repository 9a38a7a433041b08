import { serialize } from 'node:v8';

/**
 * A key for what is shared between requests: equal for values that are alike in every part, and different for all others.
 * JSON has one text for undefined, null, NaN and Infinity, for 0 and -0, and for a date and its text.
 */
export const exactKey = (value: unknown): string => serialize(value).toString('latin1');
