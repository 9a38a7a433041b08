import { readFileSync, statSync } from 'node:fs';
import {
  type ConnectionOptions,
  checkServerIdentity,
  createSecureContext,
  type SecureContext,
} from 'node:tls';
import type { PostgresUrl } from '../../foundation/postgres-url.js';

export interface Tls {
  isRequired: boolean;
  /** For one connection; `prefer` is the driver's word. */
  options(host: () => string): 'prefer' | ConnectionOptions;
}

type TlsSettings = Pick<PostgresUrl, 'sslmode' | 'sslrootcert' | 'sslcert' | 'sslkey'>;

/** As libpq does; where that looks for a file in the home folder, Node's authorities count. */
export function tlsOf(settings: TlsSettings): Tls | null {
  const { sslmode, sslrootcert } = settings;
  if (sslmode === 'disable') return null;
  if (sslmode === 'prefer') return { isRequired: false, options: () => 'prefer' };
  const isOfSystem = sslrootcert === 'system';
  const rejectUnauthorized = sslmode !== 'require' || sslrootcert !== undefined;
  const isHostChecked = sslmode === 'verify-full' || isOfSystem;
  const context = contexts(settings);
  context();
  return {
    isRequired: true,
    options: (host) => ({
      secureContext: context(),
      rejectUnauthorized,
      checkServerIdentity: (_, certificate) =>
        isHostChecked ? checkServerIdentity(host(), certificate) : undefined,
    }),
  };
}

/** The files may be replaced while the gateway runs. */
function contexts({ sslrootcert, sslcert, sslkey }: TlsSettings): () => SecureContext {
  const files = { sslrootcert: sslrootcert === 'system' ? undefined : sslrootcert, sslcert, sslkey };
  let made: SecureContext | undefined;
  let version = '';
  return () => {
    try {
      const present = versionOf(Object.values(files));
      if (made !== undefined && present === version) return made;
      made = createSecureContext({
        ca: contentOf('sslrootcert', files.sslrootcert),
        cert: contentOf('sslcert', sslcert),
        key: contentOf('sslkey', sslkey),
      });
      version = present;
    } catch (error) {
      if (made === undefined) throw unusable(error);
      // They are half replaced.
    }
    return made;
  };
}

const versionOf = (files: (string | undefined)[]): string =>
  files.map((file) => (file === undefined ? '' : statSync(file, { throwIfNoEntry: false })?.mtimeMs)).join();

function contentOf(parameter: string, file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${parameter} ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

const unusable = (error: unknown) =>
  Object.assign(new Error(error instanceof Error ? error.message : String(error)), { code: 'ERR_TLS_FILES' });
