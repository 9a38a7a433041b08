/** What is pruned, in this order: so a call that is pruned has no log left. */
export const PRUNED = ['events', 'deliveries', 'messages', 'bodies', 'keys', 'log', 'calls'] as const;
export type Pruned = (typeof PRUNED)[number];

/** Days that each is kept; null for ever. */
export type RetentionDays = Readonly<Record<Pruned, number | null>>;

export type PrunedRows = Partial<Record<Pruned, number>>;
