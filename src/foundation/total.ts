/** How many there are on all pages of a list. */
export interface Total {
  count: number;
  isEstimate: boolean;
}
