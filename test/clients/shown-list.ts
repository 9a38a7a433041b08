/** What a client's list shows of a call. */
export interface ShownCall {
  id: string;
  status: string;
  metadata: object;
  revision: number;
}

/** A list as a client of GraphQL keeps it. */
export interface ShownList {
  /** The first page, then the next one; from then on live. */
  loadMore(): Promise<void>;
  calls(): ShownCall[];
  hasNextPage(): boolean;
  close(): void;
}

export interface ListTarget {
  url: string;
  /** Where the WebSocket goes, if another way. */
  liveUrl?: string;
  token: string;
  filter: object | null;
  first: number;
}
