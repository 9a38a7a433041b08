import { BlockList, isIP } from 'node:net';

/** From IANA's registries of special-purpose addresses, and what is private, shared, multicast or reserved. */
const SPECIAL_V4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Within what is public: protocol assignments with Teredo, documentation, and 6to4, which embeds any IPv4 address. */
const SPECIAL_V6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** How a network without IPv4 writes an IPv4 address. */
const NAT64 = '64:ff9b::';

const publicV6 = new BlockList();
publicV6.addSubnet('2000::', 3, 'ipv6');
publicV6.addSubnet(NAT64, 96, 'ipv6');

const special = new BlockList();
for (const [net, prefix] of SPECIAL_V4) {
  special.addSubnet(net, prefix, 'ipv4');
  special.addSubnet(`${NAT64}${net}`, 96 + prefix, 'ipv6');
}
for (const [net, prefix] of SPECIAL_V6) special.addSubnet(net, prefix, 'ipv6');

/** Whether the address is one of the public internet. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, 'ipv4');
  return family === 6 && publicV6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
