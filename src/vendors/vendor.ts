import type { CommandProgress } from '../call-flows/call-flow-progress.js';
import type { FlowCommand } from '../call-flows/flow-command.js';
import type { CallSystem } from '../calls/call.enums.js';
import type { ReferenceValue } from '../calls/reference/call-target.values.js';
import type { CallRow } from '../db/tables/calls.js';
import type { VoiceCallRow } from '../db/tables/voice-calls.js';
import type { DeliveryKind } from './delivery/delivery.enums.js';
import type { AudioAnswer, AudioClient, VendorClient } from './request/vendor-client.js';
import type { CallsPage, CallsRequest } from './vendor-calls.js';
import type {
  CallRecord,
  Reading,
  ReceivedMessage,
  Recorded,
  Subject,
  UpdatedRecords,
} from './vendor-message.js';

/**
 * A vendor, as far as Switchboard needs one. Another one is a folder with an object of this type, an entry in
 * `vendors.ts`, and an input in `account/vendor-settings.input.ts`.
 */
export interface Vendor {
  readonly system: CallSystem;
  /** The kinds of delivery that it takes; `deliver` is called with no other. */
  readonly kinds: readonly DeliveryKind[];
  /** How many deliveries an account sends in a second at most, and how many at a time. */
  readonly requestsPerSecond: number;
  readonly concurrency: number;
  /** The members of an account's settings and secrets that it cannot do without. */
  readonly required: { readonly settings: readonly string[]; readonly secrets: readonly string[] };
  /** Days that new secrets are good for; null if they do not expire. */
  readonly secretLifetime: number | null;
  /** Its webhooks, and its records of calls. */
  readonly messages: VendorMessages;
  readonly calls: VendorCalls;

  /**
   * Sends what the delivery says. It may make several requests, all with the given client, which throws a
   * VendorRefusal for an answer of 400 or above, and a network error as it is: let them pass, unless the vendor means
   * something else by it. It may be called again with the same delivery after it was sent (at least once).
   */
  deliver(delivery: OutgoingDelivery, account: ConnectedAccount, client: VendorClient): Promise<Outcome>;

  /** How the audio of a recording is asked for; null where something is not known that the request needs. */
  audio(recording: VendorRecording): AskForAudio | null;

  /** One harmless request with the account's credentials. Returns one sentence about what it found. */
  test(account: ConnectedAccount, client: VendorClient): Promise<string>;
}

/** What a vendor says by itself: how its webhooks are read, and its records of calls. */
export interface VendorMessages {
  /**
   * Whether the same bytes, a day later, may be another message. Otherwise bytes that came before are the message that
   * was applied before, however old.
   */
  readonly mayRepeat: boolean;

  /** Makes no request, and throws nothing, whatever the message is. */
  read(message: ReceivedMessage, account: ConnectedAccount): Reading;

  /**
   * The vendor's record of a call; null if the account has no way to ask for it. What the client throws passes.
   */
  fetch(subject: Subject, account: ConnectedAccount, client: VendorClient): Promise<CallRecord | null>;

  /** How the vendor is asked for what it keeps of the call at paths of their own; nothing where there can be none. */
  recorded?(record: CallRecord, account: ConnectedAccount): readonly AskForRecorded[];

  /** Voice calls that were updated since, oldest first, of a vendor that does not send its updates. */
  readonly updates?: VendorUpdates;
}

/** Undefined if the vendor says that there is none. What the client throws passes: the record is written without it. */
export type AskForRecorded = (client: VendorClient) => Promise<Recorded | undefined>;

export interface VendorUpdates {
  /** At most a page of them, and the position to go on from. */
  since(position: string, account: ConnectedAccount, client: VendorClient): Promise<UpdatedRecords>;
}

/** How an import reads a vendor's calls, page by page, none of them twice if none changes meanwhile. */
export interface VendorCalls {
  /** Records of a page. */
  readonly most: number;

  /** What the client throws passes: the page is read again later, or a smaller one if it was too large. */
  page(request: CallsRequest, account: ConnectedAccount, client: VendorClient): Promise<CallsPage>;

  /** The cursor behind the record at the given one, which is too large to be read; absent where that cannot be known. */
  skip?(request: CallsRequest): Promise<unknown>;
}

/**
 * A status of 202 says that the vendor has not finished the recording. Throws a VendorRefusal of status 404 if it has it no
 * more, and lets other errors of the client pass.
 */
export type AskForAudio = (account: ConnectedAccount, client: AudioClient) => Promise<AudioAnswer>;

/** A recording of a call that the account has. */
export interface VendorRecording {
  readonly vendorId: string;
  /** Of the call. */
  readonly workspaceId: string | null;
  /** All references of the call, in the order in which they were added. */
  readonly references: readonly ReferenceValue[];
  /** Of the account. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** An account with its secrets opened. */
export interface ConnectedAccount {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Changes whenever the secrets do. */
  readonly secretsVersion: string;
}

/** What a delivery is about, read when it is sent. */
export interface OutgoingDelivery {
  readonly id: string;
  readonly kind: DeliveryKind;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Whether the vendor may have had it, or an earlier one of this kind and call, before. */
  readonly isRepeated: boolean;
  /** Null for an event that belongs to no call yet. */
  readonly call: Pick<CallRow, 'id' | 'status' | 'workspaceId' | 'channelId'> | null;
  /** All references of the call, in the order in which they were added. */
  readonly references: readonly ReferenceValue[];
  /**
   * METADATA: the members to send. Each top-level member that changed is there whole; a removed one, at whatever depth,
   * is null. So it is right whether the vendor merges only the top level or all of it.
   */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly event: OutgoingEvent | null;
  readonly voiceCall: VoiceCallRow | null;
  /** The flow's id here, and its commands in order. */
  readonly flow: { readonly id: string; readonly commands: readonly (FlowCommand & { id: string })[] } | null;
}

export interface OutgoingEvent {
  readonly eventTime: Date;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly sessionId: string | null;
  readonly group: { readonly kind: string; readonly key: string } | null;
}

export type Outcome =
  | Delivered
  /** A value that the vendor requires is not known here. Sent again when the call changes. */
  | { readonly state: 'INCOMPLETE'; readonly reason: string }
  /** The vendor has no place for it. */
  | { readonly state: 'DISCARDED'; readonly reason: string };

export interface Delivered {
  readonly state: 'DELIVERED';
  /** What the vendor answered with differs from what was sent, in a sentence without values. */
  readonly difference?: string;
  readonly requestId?: string | null;
  /** What the answer says of the call: stored as a change of this account. */
  readonly learned?: Learned;
}

/** A later request of a delivery failed after an earlier one was carried out. What that has taught is stored. */
export class PartlyDelivered extends Error {
  override readonly name = 'PartlyDelivered';
  readonly learned: Learned;

  constructor(learned: Learned, cause: unknown) {
    super('A part of the delivery was carried out.', { cause });
    this.learned = learned;
  }
}

export interface Learned {
  readonly references?: readonly ReferenceValue[];
  /** The uid of the voice call. */
  readonly voiceCallUid?: string;
  readonly flowProgress?: { readonly vendorId: string | null; readonly commands: readonly CommandProgress[] };
}
