/** An error in the application's own code is its own: the protocol would close the connection for it. */
export function unharmed(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
