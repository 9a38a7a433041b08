import { daysOf } from './time-span.js';

const LEAST = 100;
const PER_DAY = 100;
const MOST = 20_000;

/** The points of figures of the calls that a filter finds: the longer their time, the more calls the database reads. */
export const figuresCost = (filter: unknown): number =>
  Math.min(MOST, LEAST + Math.ceil(PER_DAY * daysOf(filter)));
