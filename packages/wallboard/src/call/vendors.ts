import type { CallSystem } from '../gql/graphql';

export const VENDORS: readonly { system: CallSystem; name: string }[] = [
  { system: 'BURKI', name: 'Burki' },
  { system: 'CREOVAI', name: 'Creovai' },
  { system: 'VCITA', name: 'vcita' },
  { system: 'BIRD', name: 'Bird' },
  { system: 'OTHER', name: 'Other systems' },
];

export const vendorName = (system: CallSystem): string =>
  VENDORS.find((vendor) => vendor.system === system)?.name ?? system;
