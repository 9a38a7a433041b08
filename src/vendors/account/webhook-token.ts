import { randomBytes } from 'node:crypto';
import type { VendorAccountRow } from '../../db/tables/vendor-accounts.js';
import { hashToken } from '../../identity/token.js';
import type { ConnectedAccount } from '../vendor.js';
import type { Secrets } from './sealed-secrets.js';

type Columns = Pick<VendorAccountRow, 'webhookTokenHash' | 'oldWebhookTokenHash' | 'oldWebhookTokenUntil'>;

/** Milliseconds that an old token is good for. */
const DAY = 86_400_000;

/** Draws a token, and lets the one before it end in a day. The tokens are among the account's secrets. */
export function withNewToken(
  secrets: Secrets,
  before: Pick<Columns, 'webhookTokenHash'> | null = null,
): { secrets: Secrets; columns: Columns } {
  const webhookToken = randomBytes(20).toString('base64url');
  const { webhookToken: oldWebhookToken } = secrets;
  return {
    secrets: { ...secrets, webhookToken, ...(oldWebhookToken !== undefined && { oldWebhookToken }) },
    columns: {
      webhookTokenHash: Buffer.from(hashToken(webhookToken), 'hex'),
      oldWebhookTokenHash: before?.webhookTokenHash ?? null,
      oldWebhookTokenUntil: before === null ? null : new Date(Date.now() + DAY),
    },
  };
}

/** Where the vendor is to send its webhooks: the URL with the token in force, and one with the token before it. */
export function webhookUrls(
  publicUrl: string,
  system: VendorAccountRow['system'],
  { secrets }: Pick<ConnectedAccount, 'secrets'>,
): string[] {
  const below = `${publicUrl}/hooks/${system.toLowerCase()}/`;
  return [secrets.webhookToken, secrets.oldWebhookToken].flatMap((token) =>
    token === undefined ? [] : [`${below}${token}`],
  );
}
