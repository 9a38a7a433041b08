import { parsePostgresUrl, WrongUrl } from '../foundation/postgres-url.js';
import { type Parse, WrongValue } from './setting.js';

export const postgresUrl: Parse<string> = (input) => {
  try {
    parsePostgresUrl(input);
    return input;
  } catch (error) {
    throw error instanceof WrongUrl ? new WrongValue(error.message) : error;
  }
};

/** A URL may have commas too, between its hosts. */
export const postgresUrls: Parse<readonly string[]> = (input) =>
  input.split(/,\s*(?=\w+:\/\/)/).map(postgresUrl);

export const httpUrl: Parse<string> = (input) => {
  if (URL.canParse(input) && ['http:', 'https:'].includes(new URL(input).protocol)) return input;
  throw new WrongValue('must be a URL that begins with http:// or https://');
};

/** Without a slash at its end. */
export const publicUrl: Parse<string> = (input) => {
  const url = httpUrl(input);
  if (/[?#@]/.test(url)) throw new WrongValue('must be a URL without user name, query and fragment');
  return url.replace(/\/+$/, '');
};

/** HTTPS, because anyone who can change the response in transit can make tokens for every organization. */
export const keysUrl: Parse<string> = (input) => {
  const url = URL.canParse(input) ? new URL(input) : null;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url.href;
  throw new WrongValue('must be a URL that begins with https:// (http:// is for this machine alone)');
};

const isLoopback = (host: string) => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(host);
