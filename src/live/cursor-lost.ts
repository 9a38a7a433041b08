/** The log was reset, as by a restore, and lacks a position that clients hold. They must read anew. */
export class CursorLost extends Error {
  override readonly name = 'CursorLost';

  constructor() {
    super(
      'The log was reset to before this cursor: read again, and start at the changeCursor of that answer.',
    );
  }
}
