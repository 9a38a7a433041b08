/**
 * Milliseconds that the server has for a statement which may take so many: it answers before the gateway gives up the
 * connection.
 */
export const serverTimeout = (milliseconds: number): number =>
  milliseconds - Math.min(1_000, milliseconds / 10);
