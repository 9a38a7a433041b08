import type { Path } from './merge-patch';

/** A path as people read it: `customer.tier`. */
export const pathText = (path: Path): string => path.join('.');

/** A value in one line. */
export const valueText = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value);
