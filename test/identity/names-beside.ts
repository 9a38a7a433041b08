import { randomBytes } from 'node:crypto';
import { type Names, namesOfNothing } from './world.js';

/**
 * Names of nothing, but for cursors, which name no thing but a place: places right beside another organization's, that nobody was
 * given.
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
    // Places in the log are sealed: which one is beside another, only the gateway knows.
    changeCursor: randomBytes(24).toString('base64url'),
  };
}
