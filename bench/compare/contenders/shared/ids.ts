import { toUUID } from 'typeid-js';

/** The uuid in a TypeID; the library throws for anything else. */
export const uuidOf = (id: string): string => toUUID(id as Parameters<typeof toUUID>[0]);
