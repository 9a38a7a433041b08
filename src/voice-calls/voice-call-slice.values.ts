export const SLICE_FIELDS = [
  'uid',
  'staffUid',
  'clientUid',
  'fromNumber',
  'toNumber',
  'direction',
  'status',
  'sourceId',
  'externalUuid',
  'handledByStaffUid',
  'duration',
  'createdAt',
  'updatedAt',
] as const;
export type SliceField = (typeof SLICE_FIELDS)[number];

export const SLICE_COMPARISONS = ['eq', 'gt', 'gte', 'lt', 'lte'] as const;
export type SliceComparison = (typeof SLICE_COMPARISONS)[number];

/** A list as a vendor pages it: by how many come before. */
export interface VoiceCallSlice {
  conditions: { field: SliceField; comparison: SliceComparison; value: string | number | Date }[];
  /** Null comes last. */
  orders: { field: SliceField; direction: 'ASC' | 'DESC' }[];
  skip: number;
  limit: number;
}
