import { isIP } from 'node:net';
import { isPublicAddress } from './public-addresses.js';

const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa)\.?$/;

/** Why no requests are sent below this URL, in a sentence; null if they are. A name is resolved only to connect. */
export function checkBaseUrl(text: string, allowPrivate: boolean): string | null {
  const objection = checkAddress(text, allowPrivate, 'base URL');
  if (objection !== null || !/[?#]/.test(text)) return objection;
  return 'The base URL must have no query and no fragment.';
}

/** The same of an address that a vendor has given. */
export function checkAddress(text: string, allowPrivate: boolean, name = 'address'): string | null {
  if (!URL.canParse(text)) return `The ${name} must be a URL.`;
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) {
    return `The ${name} must begin with https://.`;
  }
  if (url.username !== '' || url.password !== '') return `The ${name} must hold no user name or password.`;
  if (allowPrivate) return null;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isPublic = isIP(host) === 0 ? !LOCAL_NAME.test(host) : isPublicAddress(host);
  return isPublic ? null : `The ${name} must not lead to a private or reserved address.`;
}
