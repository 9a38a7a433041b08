export const CALL_IMPORT_STATES = ['RUNNING', 'DONE', 'CANCELED', 'FAILED'] as const;
export type CallImportState = (typeof CALL_IMPORT_STATES)[number];
