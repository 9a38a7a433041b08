/** What a form knows of a record that others may change meanwhile. */
export interface Draft<Values> {
  /** The record that the form began with, or last took up. */
  base: Values;
  mine: Values;
}

export type Meanwhile<Field extends string> = {
  [name in Field]?: {
    before: string;
    theirs: string;
    /** Both have changed it, to different values: a person decides. */
    isConflict: boolean;
  };
};

/**
 * Takes up a newer record: what was left alone here becomes what it is there; what was changed here stays.
 *
 * @returns the draft, and the fields that are different there
 */
export function rebased<Field extends string>(
  { base, mine }: Draft<Record<Field, string>>,
  theirs: Record<Field, string>,
): { draft: Draft<Record<Field, string>>; meanwhile: Meanwhile<Field> } {
  const meanwhile: Meanwhile<Field> = {};
  const next = { ...mine };
  for (const name in theirs) {
    const value = theirs[name];
    if (value === base[name]) continue;
    if (mine[name] === base[name]) next[name] = value;
    meanwhile[name] = { before: base[name], theirs: value, isConflict: next[name] !== value };
  }
  return { draft: { base: theirs, mine: next }, meanwhile };
}
