import type { Dispatcher } from 'undici';

/** In lower case, without cookies. */
export function headersOf({ headers }: Dispatcher.ResponseData): Record<string, string> {
  const { 'set-cookie': _cookies, ...others } = headers;
  return Object.fromEntries(
    Object.entries(others).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
