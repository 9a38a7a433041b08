import { isIP } from 'node:net';
import { isPublicAddress } from './public-addresses.js';

const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa)\.?$/;

/** Why no requests are sent below this URL, in a sentence; null if they are. A name is resolved only to connect. */
export function checkBaseUrl(text: string, allowPrivate: boolean): string | null {
  if (!URL.canParse(text)) return 'The base URL must be a URL.';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) {
    return 'The base URL must begin with https://.';
  }
  if (url.username !== '' || url.password !== '') return 'The base URL must hold no user name or password.';
  if (/[?#]/.test(text)) return 'The base URL must have no query and no fragment.';
  if (allowPrivate) return null;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isPublic = isIP(host) === 0 ? !LOCAL_NAME.test(host) : isPublicAddress(host);
  return isPublic ? null : 'The base URL must not lead to a private or reserved address.';
}
