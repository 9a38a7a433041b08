import { publishEnum } from '../../graphql/publish-enum.js';
import type { CallImportState } from './call-import.enums.js';

export const CallImportStateEnum = publishEnum<CallImportState>(
  'CallImportState',
  'How far an import has come.',
  {
    RUNNING: 'Reads, or waits for its vendor: `lastError` says why.',
    DONE: 'All was read.',
    CANCELED: 'Ended by cancelCallImport, or with its account.',
    FAILED: 'Refused by the vendor, or given up after 24 hours without an answer; `lastError` says why.',
  },
);
