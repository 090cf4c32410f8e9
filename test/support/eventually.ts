/** Waiting on a condition, for tests. */

/** Milliseconds: long, because a machine that is busy with something else makes nothing wrong. */
const patience = 30_000;

/** Resolves with the first answer of `probe` that is not undefined or false; rejects after `timeout` milliseconds naming `what`. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  timeout = patience,
): Promise<T> {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`timed out waiting for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits until `left` answers an empty list, and else says what is left. */
export async function eventuallyNothing(
  what: string,
  left: () => readonly string[] | Promise<readonly string[]>,
): Promise<void> {
  let last: readonly string[] = [];
  const isEmpty = async (): Promise<boolean> => {
    last = await left();
    return last.length === 0;
  };
  await eventually(`no ${what} left`, isEmpty).catch((error: unknown) => {
    throw new Error(`${what} are left: ${last.join(', ')}`, { cause: error });
  });
}
