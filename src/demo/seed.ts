import { sql } from 'drizzle-orm';
import { DEFAULTS } from '../config/config.js';
import type { Database, Transaction } from '../db/database.js';
import { EventAdmissions } from '../events/event-admissions.service.js';
import { ApiKeyService } from '../identity/api-key.service.js';
import { IdentityService } from '../identity/identity.service.js';
import { IntakeService } from '../intake/intake.service.js';
import { newDemoId } from './demo-organization.js';
import { birdCall, burkiCall, creovaiCall, vcitaVoiceCall } from './vendor-calls.js';

/**
 * The example calls of the vendors' documentation; null if the database has any organization. Only one of several
 * concurrent starts seeds.
 */
export async function seedDemo(database: Database): Promise<{ token: string } | null> {
  return database.transaction(async (tx) => {
    const claimed = await tx.execute(sql`
      insert into organizations (organization_id, slug, name)
      select ${newDemoId()}::uuid, 'demo', 'demo' where not exists (select from organizations)
      on conflict do nothing returning slug`);
    return claimed.length === 0 ? null : seed(within(tx, database));
  });
}

function within(tx: Transaction, database: Database): Database {
  return {
    ...database,
    db: tx,
    signInDb: tx,
    transaction: (work) => tx.transaction(work),
    statement: (run) => run(),
    close: async () => {},
  };
}

async function seed(database: Database): Promise<{ token: string }> {
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
  const intake = new IntakeService(new EventAdmissions(database, DEFAULTS));
  const path: string[] = [];
  await intake.upsertCall(viewer, { ...creovaiCall, path });
  await intake.upsertCall(viewer, { ...burkiCall, path });
  await intake.createVoiceCall(viewer, null, vcitaVoiceCall);
  await intake.upsertCall(viewer, { ...birdCall, path });
  return { token };
}
