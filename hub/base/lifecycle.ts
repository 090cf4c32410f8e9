/** Starting parts in order and stopping them in reverse, whatever fails on the way. */

/** A long-lived part of a daemon. */
export interface Part {
  readonly name: string;
  start?(): Promise<void> | void;
  /** Called once, also when a later part failed to start; resolves when nothing of it runs any more. */
  stop?(): Promise<void> | void;
}

/** Starts `parts` in order. When one fails, those that run are stopped again and the failure is thrown. */
export async function startParts(parts: readonly Part[]): Promise<() => Promise<void>> {
  const running: Part[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const part of running.splice(0).reverse()) {
      try {
        await part.stop?.();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'some parts did not stop cleanly');
  };
  for (const part of parts) {
    running.push(part);
    try {
      await part.start?.();
    } catch (error) {
      await stopAll().catch(() => {});
      throw new Error(`${part.name} did not start: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
  return () => {
    stopping ??= stopAll();
    return stopping;
  };
}
