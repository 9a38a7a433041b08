import type { ActorType } from './identity.enums.js';
import type { Viewer } from './viewer.js';

type Named = Pick<Viewer, 'name' | 'expiresAt' | 'vendorAccountId' | 'trace'>;

/** No name contains them: claims and names of keys and accounts have no control characters. */
const PERSON = '\u0001';
const VENDOR_ACCOUNT = '\u0002';
const TRACE = '\u0003';

export function actorTypeOf({ expiresAt, vendorAccountId }: Named): ActorType {
  if (vendorAccountId !== undefined) return 'VENDOR_ACCOUNT';
  return expiresAt === undefined ? 'API_KEY' : 'PERSON';
}

/** A trigger on call_changes splits this text. */
export function actorOf(viewer: Named): string {
  const { name, vendorAccountId, trace } = viewer;
  const marks = { API_KEY: '', PERSON, VENDOR_ACCOUNT: `${VENDOR_ACCOUNT}${vendorAccountId}` };
  return `${trace === undefined ? '' : `${TRACE}${trace}`}${marks[actorTypeOf(viewer)]}${name}`;
}
