import { customType, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Milliseconds, as the API shows them: with microseconds a keyset page would repeat its boundary row. */
export const instant = () => timestamp({ withTimezone: true, precision: 3, mode: 'date' });

/** First in every key, so that neither a foreign key nor an index entry can span two organizations. */
export const organizationId = () => uuid().notNull();

/** A 64-bit integer kept as decimal text: it is only compared and passed on, never calculated with. */
export const bigintText = customType<{ data: string; driverData: string }>({ dataType: () => 'bigint' });

/** An exact number kept as decimal text, with the digits that it was given. */
export const decimalText = customType<{ data: string; driverData: string }>({ dataType: () => 'numeric' });
