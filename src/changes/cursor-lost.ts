/** The log was pruned, or reset as by a restore, and lacks what came after a position that clients hold. They must read anew. */
export class CursorLost extends Error {
  override readonly name = 'CursorLost';

  constructor() {
    super(
      'The log no longer has what came after this cursor (it was pruned, or reset): read again, and start at the changeCursor of that answer.',
    );
  }
}
