/** From inclusive, to exclusive; absent means open. */
export interface InstantRange {
  from?: Date;
  to?: Date;
}

/** Both inclusive; absent means open. */
export interface NumberRange {
  min?: number;
  max?: number;
}
