/** Normal form of a vendor's word: in-progress, InProgress, in_progress and In Progress are the same. */
export const spelling = (word: string): string => word.toLowerCase().replaceAll(/[\s_-]/g, '');
