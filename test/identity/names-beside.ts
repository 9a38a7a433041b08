import { randomBytes } from 'node:crypto';
import { type Names, namesOfNothing } from './world.js';

/**
 * Nonexistent names, but cursors are positions adjacent to another organization's that were never
 * issued.
 */
export function namesBeside(theirs: Names): Names {
  const beside = (cursor: string) => {
    const text = Buffer.from(cursor, 'base64url').toString();
    const last = Number.parseInt(text.at(-1) ?? '', 16);
    return Buffer.from(`${text.slice(0, -1)}${(last ^ 1).toString(16)}`).toString('base64url');
  };
  return {
    ...namesOfNothing(),
    callCursor: beside(theirs.callCursor),
    voiceCallCursor: beside(theirs.voiceCallCursor),
    eventCursor: beside(theirs.eventCursor),
    deliveryCursor: beside(theirs.deliveryCursor),
    // Places in the log are sealed: which one is beside another, only the gateway knows.
    changeCursor: randomBytes(24).toString('base64url'),
  };
}
