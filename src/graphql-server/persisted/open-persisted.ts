import type { GraphQLSchema, ValidationRule } from 'graphql';
import type { Config } from '../../config/config.js';
import {
  type DocumentStore,
  PersistedOperationService,
} from '../../persisted-operations/persisted-operation.service.js';
import type { RequestSteps } from '../pipeline/request-steps.js';
import { NO_MANIFEST, readManifest } from './manifest.js';
import { type PersistedOutcome, persistedSteps } from './persisted-steps.js';

export interface PersistedDependencies {
  schema: GraphQLSchema;
  rules: readonly ValidationRule[];
  stores: readonly DocumentStore[];
  failed(error: unknown): void;
  count(outcome: PersistedOutcome): void;
}

/** @throws StartError for a manifest that cannot be served */
export async function openPersisted(
  config: Config,
  { schema, rules, stores, failed, count }: PersistedDependencies,
): Promise<{ steps: RequestSteps[]; close(): Promise<void> }> {
  const { persistedOperations: mode, persistedManifest: path } = config;
  if (mode === 'off') return { steps: [], close: async () => {} };
  const manifest =
    path === undefined ? NO_MANIFEST : await readManifest(path, { schema, limits: config, rules });
  const stored = new PersistedOperationService(stores, failed);
  const steps = [persistedSteps({ mode, manifest, stored, limits: config, count })];
  return { steps, close: () => stored.close() };
}
