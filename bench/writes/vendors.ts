import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '../support/client.js';
import type { Lifetime } from '../support/lifetime.js';
import { must } from './operations.js';

/** What a gateway needs to send to a vendor on this machine. */
export const VENDOR_ENV = {
  SECRETS_KEYS: `bench:${randomBytes(32).toString('base64')}`,
  VENDORS_ALLOW_PRIVATE: 'true',
};

interface Created {
  errors: { message: string }[];
}

/** Gives the organization accounts at a vendor that answers each request at once. */
export async function connectVendors(lifetime: Lifetime, client: Client): Promise<void> {
  const vendor = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end('{}');
  });
  await new Promise<void>((listening) => vendor.listen(0, '127.0.0.1', listening));
  lifetime.whenOver(async () => {
    vendor.closeAllConnections();
    vendor.close();
  });
  const baseUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
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
