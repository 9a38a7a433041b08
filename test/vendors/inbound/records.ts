import { DEFAULTS } from '../../../src/config/config.js';
import { EventAdmissions } from '../../../src/events/event-admissions.service.js';
import { IntakeService } from '../../../src/intake/intake.service.js';
import { writeRecord } from '../../../src/vendors/inbound/record-writer.service.js';
import type { ConnectedAccount } from '../../../src/vendors/vendor.js';
import type { CallRecord } from '../../../src/vendors/vendor-message.js';
import { uuidIn } from '../../support/events.js';
import type { Answer, Client, TestGateway } from '../../support/gateway.js';

type System = 'BURKI' | 'BIRD' | 'VCITA' | 'CREOVAI';

/** Writes records as the workers do, in the order in which a test wants them written. */
export async function recordWriter({ database }: TestGateway, client: Client) {
  const { viewer } = await client.ask('{ viewer { organization { id } } }');
  const intake = new IntakeService(
    new EventAdmissions(database, DEFAULTS, (error) => {
      throw error;
    }),
  );
  return (account: Answer['data'], record: CallRecord) => {
    const connected: ConnectedAccount = {
      organizationId: uuidIn(viewer.organization.id),
      id: uuidIn(account.id),
      name: account.name,
      ...{ baseUrl: '', settings: {}, secrets: {}, secretsVersion: '' },
    };
    return writeRecord({ database, intake }, connected, { system: account.system as System }, record);
  };
}
