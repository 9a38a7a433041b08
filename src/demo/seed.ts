import { sql } from 'drizzle-orm';
import type { Database } from '../db/database.js';
import { newId } from '../db/new-id.js';
import { ApiKeyService } from '../identity/api-key.service.js';
import { IdentityService } from '../identity/identity.service.js';
import { IntakeService } from '../intake/intake.service.js';
import { birdCall, burkiCall, creovaiCall, vcitaVoiceCall } from './vendor-calls.js';

/** The examples are far below any limit that can be configured sensibly. */
const LIMITS = { metadataMaxBytes: 262_144, metadataMaxDepth: 32 };

/**
 * Makes the organization `demo` with a key of all scopes and the calls of the four vendors' documents, in a database
 * that has no organization yet; null where it has one. Of several that start at once one does it. The token is in the
 * answer and nowhere else.
 */
export async function seedDemo(database: Database): Promise<{ token: string } | null> {
  const claimed = await database.db.execute(sql`
    insert into organizations (organization_id, slug, name)
    select ${newId().id}::uuid, 'demo', 'demo' where not exists (select from organizations)
    on conflict do nothing returning slug`);
  if (claimed.length === 0) return null;
  const { token } = await new ApiKeyService(database).create({
    organization: 'demo',
    name: 'demo',
    kind: 'APP',
    staffUid: null,
    scopes: ['ADMIN'],
    expiresAt: null,
  });
  const viewer = await new IdentityService(database).viewerOf(token);
  if (viewer === null) throw new Error('the key of the demo was not found');
  const intake = new IntakeService(database, LIMITS);
  await intake.upsertCall(viewer, creovaiCall);
  await intake.upsertCall(viewer, burkiCall);
  await intake.createVoiceCall(viewer, null, vcitaVoiceCall);
  await intake.upsertCall(viewer, birdCall);
  return { token };
}
