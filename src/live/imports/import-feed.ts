import { runFor, sharedAccount } from '../../db/connection/account.js';
import type { CallImportQueries, ShownImport } from '../../vendors/imports/call-import.queries.js';
import { type FeedMember, PolledFeed } from '../polled-feed.js';

export interface ImportMember extends FeedMember<ShownImport> {
  readonly importId: string;
}

/** The imports of one organization that subscribers follow: each as it is at first, and then as it changes. */
export class ImportFeed extends PolledFeed<ShownImport, ImportMember> {
  readonly #imports: Pick<CallImportQueries, 'byIds'>;
  /** What each member was sent last. */
  #sent = new Map<ImportMember, string>();

  constructor(
    organization: string,
    imports: Pick<CallImportQueries, 'byIds'>,
    failed: (error: unknown) => void,
  ) {
    super(organization, failed);
    this.#imports = imports;
  }

  override get admitted(): number {
    return [...this.members].filter((member) => this.#sent.has(member)).length;
  }

  protected override async read(attempt: AbortSignal): Promise<void> {
    const members = [...this.members];
    const keys = [...new Set(members.map(({ importId }) => importId))];
    const account = sharedAccount(this.organization);
    const organization = account.organization;
    const rows = await runFor(account, () => this.#imports.byIds.execute({ organization, keys }));
    if (attempt.aborted) return;
    const sent = new Map<ImportMember, string>();
    const byId = new Map(rows.map((row) => [row.id, { row, text: JSON.stringify(row) }]));
    for (const member of members) {
      const found = byId.get(member.importId);
      if (found === undefined || !this.members.has(member)) continue;
      sent.set(member, found.text);
      // Claims and leases change the row, and nothing that is shown.
      if (this.#sent.get(member) !== found.text) member.offer([found.row]);
    }
    this.#sent = sent;
  }
}
