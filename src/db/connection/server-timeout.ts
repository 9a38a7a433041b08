/** Milliseconds: shorter, because the server must answer before the gateway drops the connection. */
export const serverTimeout = (milliseconds: number): number =>
  milliseconds - Math.min(1_000, milliseconds / 10);
