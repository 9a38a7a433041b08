import type { CallSystem } from '../gql/graphql';

/** The vendors as they write themselves. */
export const VENDOR_NAMES: Record<CallSystem, string> = {
  BURKI: 'Burki',
  CREOVAI: 'Creovai',
  VCITA: 'vcita',
  BIRD: 'Bird',
  OTHER: 'Other systems',
};

export const SYSTEMS = Object.keys(VENDOR_NAMES) as CallSystem[];
