import { type Parse, WrongValue } from './setting.js';

export const postgresUrl: Parse<string> = (input) => {
  if (!/^postgres(?:ql)?:\/\//.test(input)) {
    throw new WrongValue('must be a URL that begins with postgres:// or postgresql://');
  }
  const [, authority = '', rest = ''] = /^\w+:\/\/([^/?]*)(.*)$/s.exec(input) ?? [];
  const [signIn, hosts, ...more] = authority.includes('@') ? authority.split('@') : ['', authority];
  const isReadable =
    !input.includes('#') && more.length === 0 && !(signIn === '' && rest.includes('@')) && isDecodable(input);
  const areHosts = (hosts ?? '')
    .split(',')
    .every((host) => URL.canParse(`postgres://${signIn}@${host}${rest}`));
  if (isReadable && areHosts) return input;
  throw new WrongValue(
    'cannot be read as a URL: in its user name and password write %25 for %, %23 for #, %40 for @, %2F for / and %3F for ?',
  );
};

/** A URL may have commas too, between its hosts. */
export const postgresUrls: Parse<readonly string[]> = (input) =>
  input.split(/,\s*(?=\w+:\/\/)/).map(postgresUrl);

function isDecodable(value: string): boolean {
  try {
    return decodeURIComponent(value) !== '';
  } catch {
    return false;
  }
}

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
