import type { Client } from '../support/client.js';
import type { Lifetime } from '../support/lifetime.js';
import { openVendor } from '../support/vendor.js';
import { must } from './operations.js';

interface Created {
  errors: { message: string }[];
}

/** Gives the organization accounts at a vendor that answers each request at once. */
export async function connectVendors(lifetime: Lifetime, client: Client): Promise<void> {
  const { url: baseUrl } = await openVendor(lifetime, (_, response) => void response.end('{}'));
  const query = `mutation ($burki: CreateVendorAccountInput!, $bird: CreateVendorAccountInput!) {
    burki: createVendorAccount(input: $burki) { errors { message } }
    bird: createVendorAccount(input: $bird) { errors { message } }
  }`;
  const variables = {
    burki: { name: 'Burki', vendor: { burki: { baseUrl, apiKey: 'key' } } },
    bird: { name: 'Bird', vendor: { bird: { baseUrl, accessKey: 'key' } } },
  };
  const { data } = await client.ask<Record<string, Created>>(JSON.stringify({ query, variables }));
  must(
    Object.values(data).every(({ errors }) => errors.length === 0),
    'the accounts are made',
  );
}
