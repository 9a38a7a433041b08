/** From inclusive, to exclusive; absent is open. */
export interface InstantRange {
  from?: Date;
  to?: Date;
}

/** Both inclusive; absent is open. */
export interface NumberRange {
  min?: number;
  max?: number;
}
