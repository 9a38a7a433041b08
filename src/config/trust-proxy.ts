import proxyAddr from '@fastify/proxy-addr';
import { type Parse, WrongValue } from './setting.js';

/** Whether a proxy at this address is trusted. */
export type TrustProxy = (address: string) => boolean;

export const trustProxy: Parse<TrustProxy | null> = (input) => {
  if (input.toLowerCase() === 'off') return null;
  const given = input.split(',').map((part) => part.trim());
  try {
    const isTrusted = proxyAddr.compile(given);
    return (address) => isTrusted(address, 0);
  } catch {
    throw new WrongValue(
      'must be off, or IP addresses, ranges such as 10.0.0.0/8, and loopback, linklocal or uniquelocal',
      input,
    );
  }
};
