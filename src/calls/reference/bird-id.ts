/** Bird's ids are UUIDs, which have no case: they are stored and compared like this. The SQL function bird_id is the same. */
export const birdId = (id: string): string => id.toLowerCase();
