import { type Dispatch, type SetStateAction, useEffect, useState } from 'react';

const PREFIX = 'switchboard.draft ';

/** Whether what was kept is still a draft: the page may be a newer one than the page that has kept it. */
type IsDraft<Draft> = (kept: unknown) => kept is Draft;

/**
 * What a person has begun and not saved yet. It outlives its page and a reload, in the browser tab's session alone, and ends
 * with the sign-in. @param name what it is of: ids are of one organization
 */
export function useDraft<Draft>(
  name: string,
  isDraft: IsDraft<Draft>,
): [Draft | null, Dispatch<SetStateAction<Draft | null>>] {
  const [draft, setDraft] = useState(() => readDraft(name, isDraft));
  useEffect(() => keepDraft(name, draft), [name, draft]);
  return [draft, setDraft];
}

export function readDraft<Draft>(name: string, isDraft: IsDraft<Draft>): Draft | null {
  const kept: unknown = JSON.parse(sessionStorage.getItem(PREFIX + name) ?? 'null');
  return isDraft(kept) ? kept : null;
}

export function keepDraft(name: string, draft: unknown): void {
  try {
    if (draft === null) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, JSON.stringify(draft));
  } catch {
    // There is no room for it: then a reload loses it.
  }
}

export function forgetDrafts(): void {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
  }
}
