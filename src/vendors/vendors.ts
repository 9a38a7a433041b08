import type { CallSystem } from '../calls/call.enums.js';
import { bird } from './bird/bird.js';
import { burki } from './burki/burki.js';
import { creovai } from './creovai/creovai.js';
import { vcita } from './vcita/vcita.js';
import type { Vendor } from './vendor.js';

/** None for a system that Switchboard sends nothing to. */
export const VENDORS: Readonly<Partial<Record<CallSystem, Vendor>>> = {
  BURKI: burki,
  CREOVAI: creovai,
  VCITA: vcita,
  BIRD: bird,
};
