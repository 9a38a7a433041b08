import type { Database } from '../db/database.js';
import { ApiKeyService } from '../identity/api-key.service.js';
import { IdentityService } from '../identity/identity.service.js';
import { IntakeService } from '../intake/intake.service.js';
import { birdCall, burkiCall, creovaiCall, vcitaVoiceCall } from './vendor-calls.js';

/** The examples are far below any limit that can be configured sensibly. */
const LIMITS = { metadataMaxBytes: 262_144, metadataMaxDepth: 32 };

/**
 * Makes the organization `demo` with a key of all scopes and the calls of the four vendors' documents. The token is in
 * the answer and nowhere else.
 */
export async function seedDemo(database: Database): Promise<{ token: string }> {
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
