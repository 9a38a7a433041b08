import { Random } from './random.js';

/** An invented company for heating and plumbing, with numbers of ranges that are reserved for fiction. */

export interface Staff {
  name: string;
  staffUid: string;
}

export interface Assistant {
  assistantId: string;
  name: string;
}

export interface Line {
  country: 'US' | 'GB' | 'IE';
  number: string;
  currency: string;
  language: string;
  /** Bird's channel of the number. */
  channelId: string;
}

export interface Client {
  name: string;
  clientUid: string;
  number: string;
  /** The company's number that this client calls. */
  line: Line;
}

const uuidOf = (name: string): string => new Random('Brightwater', name).uuid();

export const WORKSPACE = uuidOf('workspace');

const staff = (name: string): Staff => ({ name, staffUid: uuidOf(name) });
export const STAFF: readonly Staff[] = [
  staff('Maya Lindqvist'),
  staff('Tom Okafor'),
  staff('Priya Raman'),
  staff('Declan Hayes'),
  staff('Sofia Marchetti'),
  staff('Ben Whitlock'),
];

export const ASSISTANTS: readonly Assistant[] = [
  { assistantId: '31', name: 'Front desk' },
  { assistantId: '32', name: 'Out of hours' },
  { assistantId: '33', name: 'Bookings' },
];

const line = (country: Line['country'], number: string, currency: string, language: string): Line => ({
  ...{ country, number, currency, language },
  channelId: uuidOf(`channel ${number}`),
});

const LINES = {
  US: line('US', '+14155550190', 'USD', 'en-US'),
  GB: line('GB', '+442079460190', 'GBP', 'en-GB'),
  IE: line('IE', '+353209100190', 'EUR', 'en-IE'),
};

/** 555-01xx of these area codes; 90 to 99 are the company's. */
const AREAS = (
  '201 202 206 208 212 213 215 303 305 312 313 401 404 415 503 505 512 602 612 615 617 619 ' +
  '702 704 713 801 808 816 901 907'
).split(' ');

const GIVEN_NAMES = (
  'Ada Amir Bea Caleb Chidi Clara Dana Elif Emeka Farah Finn Grace Hana Hugo Ines Isaac Jamal ' +
  'Joan Kofi Lena Liam Mei Nadia Noor Omar Petra Quinn Rosa Sam Yusuf'
).split(' ');
const FAMILY_NAMES = (
  'Abbott Adeyemi Barlow Castell Chowdhury Dunne Ekström Farrow Goldberg Haddad Ibarra Jansen ' +
  'Keane Lombardi Mbeki Novak Oduya Pereira Quigley Rahman Sorensen Tanaka Ueda Varga'
).split(' ');

const numberIn = (random: Random, country: Line['country']): string => {
  if (country === 'US') return `+1${random.pick(AREAS)}55501${random.integer(0, 8)}${random.digits(1)}`;
  return country === 'GB'
    ? `+447700900${random.digits(3)}`
    : `+3532091${random.integer(1, 9)}${random.digits(4)}`;
};

export const CLIENTS = 3_000;

/** The same client at every call: `index` is below CLIENTS. */
export function clientOf(index: number): Client {
  const random = new Random('Brightwater client', index);
  const country = random.weighted({ US: 55, GB: 30, IE: 15 });
  return {
    name: `${random.pick(GIVEN_NAMES)} ${random.pick(FAMILY_NAMES)}`,
    clientUid: random.uuid(),
    number: numberIn(random, country),
    line: LINES[country],
  };
}
