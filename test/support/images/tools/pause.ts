/** `pause`: does nothing until SIGTERM. */

/** Resolves then. */
export function command(): Promise<void> {
  return new Promise((resolve) => {
    const staying = setInterval(() => {}, 1 << 30);
    process.once('SIGTERM', () => {
      clearInterval(staying);
      resolve();
    });
  });
}
