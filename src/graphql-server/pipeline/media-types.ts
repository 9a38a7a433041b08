import Negotiator from 'negotiator';

export const acceptedTypes = (accept: string, available?: string[]): string[] =>
  new Negotiator({ headers: { accept } }).mediaTypes(available).map((type) => type.toLowerCase());
