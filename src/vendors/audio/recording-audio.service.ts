import { runFor, sharedAccount } from '../../db/connection/account.js';
import type { VendorAccountRow } from '../../db/tables/vendor-accounts.js';
import type { AudioClient } from '../request/vendor-client.js';
import type { AskForAudio, ConnectedAccount, Vendor } from '../vendor.js';
import type { AudioQueries, AudioSource } from './audio.queries.js';
import { AudioUnavailable, audioFailure, type OpenedAudio, openedAudio } from './audio-answer.js';
import type { RecordingUrls } from './recording-urls.js';

export interface AudioDependencies {
  queries: AudioQueries;
  urls: RecordingUrls;
  vendorOf(system: VendorAccountRow['system']): Vendor;
  /** Whether there is a key for the account's secrets. */
  canOpen(account: VendorAccountRow): boolean;
  /** @throws SecretsLocked */
  open(account: VendorAccountRow): Promise<ConnectedAccount>;
  clientOf(account: ConnectedAccount, signal: AbortSignal, range: string | null): AudioClient;
}

export interface Listening {
  organization: string;
  /** The recording's uuid. */
  recording: string;
  /** A Range header. */
  range: string | null;
  /** Ends when the listener has gone. */
  signal: AbortSignal;
}

/** The audio of recordings, which stays with the vendors. */
export class RecordingAudio {
  readonly #dependencies: AudioDependencies;

  constructor(dependencies: AudioDependencies) {
    this.#dependencies = dependencies;
  }

  /** The query of a signed URL; null where no account can fetch the audio. */
  signedQuery(organization: string, source: AudioSource | null): string | null {
    if (source === null || this.#requestOf(source) === null) return null;
    return this.#dependencies.urls.sign(organization, source.id);
  }

  /** The organization that the URL was signed for; null if the signature is wrong or has expired. */
  verify(recording: string, signed: { expires: string; signature: string }): string | null {
    return this.#dependencies.urls.verify(recording, signed);
  }

  /**
   * Null where no account can fetch the audio, and for an unknown recording.
   * @throws AudioUnavailable
   */
  async open({ organization, recording, range, signal }: Listening): Promise<OpenedAudio | null> {
    const { queries, open, clientOf } = this.#dependencies;
    const [source] = await runFor(sharedAccount(organization), () =>
      queries.sources.execute({ organization, keys: [recording] }),
    );
    const request = source === undefined ? null : this.#requestOf(source);
    if (source === undefined || request === null) return null;
    try {
      const account = await open(source.account);
      const answer = await request(account, clientOf(account, signal, range));
      return openedAudio(answer, source.format);
    } catch (error) {
      throw error instanceof AudioUnavailable ? error : audioFailure(error);
    }
  }

  #requestOf({ account, ...recording }: AudioSource): AskForAudio | null {
    const { vendorOf, canOpen } = this.#dependencies;
    if (!canOpen(account)) return null;
    return vendorOf(account.system).audio({ ...recording, settings: account.settings });
  }
}
