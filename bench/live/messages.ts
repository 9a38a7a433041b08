/** What the benchmark says to the process that receives. */
export type Order =
  /** Opens so many WebSockets, one subscription on each; `frames` is the most that one will be given. */
  | { order: 'open'; url: string; tokens: string[]; sockets: number; frames: number; subscribe: object }
  /** Waits until every socket has been given so many frames. */
  | { order: 'await'; frames: number }
  /** Measures from the times of the commits, by the ids of the changes, to the arrivals. */
  | { order: 'measure'; commits: Record<string, number> }
  | { order: 'close' };

export type Reply =
  | { reply: 'done' }
  | { reply: 'failed'; message: string }
  | { reply: 'measured'; latencies: Latencies };

/** From the commit of a change to its arrival at one socket, in milliseconds, over all sockets and changes. */
export interface Latencies {
  frames: number;
  p50: number;
  p99: number;
  max: number;
  /** The socket that was worst off. */
  worstP99: number;
}
