/**
 * Keeps what is known of the runtime current for as long as the agent runs: asks who answers, listens, reads everything once,
 * and begins again, with back-off, when the connection breaks. Containers go on meanwhile, and are found again.
 */
import { backoffDelay } from '../../../hub/base/backoff.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { Connection } from './connection.ts';
import { isUnavailable } from './cri-error.ts';
import { listen } from './events.ts';
import type { Known } from './known.ts';
import { conditionTrouble, readFacts, type RuntimeFacts } from './runtime-facts.ts';

/** What it is made from. */
export interface WatchOptions {
  readonly endpoint: string;
  readonly connection: Connection;
  readonly known: Known;
  /** What the runtime told of itself; at each new connection. */
  readonly facts: (facts: RuntimeFacts) => void;
  /** `trouble` is another sentence now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds between tries to reach it. */
const reconnect = { first: 250, limit: 10_000 } as const;

/** Milliseconds between two questions whether it is ready, while it is not and while it is: no event tells. */
const asking = { troubled: 2_000, well: 30_000 } as const;

/** Milliseconds after which everything is read once more: nothing tells when a subscription has begun. */
const secondLook = 2_000;

/** Milliseconds a question may take. */
const patience = 10_000;

/** The watch. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #stopping = new AbortController();
  #trouble: string | undefined;
  #running: Promise<void> = Promise.resolve();
  #seen = false;
  #waiting: (() => void)[] = [];

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#trouble = `the container runtime at ${options.endpoint} has not answered yet`;
  }

  /** What keeps the runtime from running Pods; one sentence. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const resolve of this.#waiting.splice(0)) resolve();
    await this.#running;
  }

  /** Resolves when everything was read once; false when that takes longer than `timeout` milliseconds, or never comes. */
  async ready(timeout: number): Promise<boolean> {
    if (this.#seen || this.#stopping.signal.aborted) return this.#seen;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#options.clock.after(timeout, resolve);
    });
    return this.#seen;
  }

  async #run(): Promise<void> {
    const { clock, log, endpoint } = this.#options;
    const { signal } = this.#stopping;
    for (let failures = 1; !signal.aborted; failures++) {
      const session = new AbortController();
      const end = (): void => session.abort();
      signal.addEventListener('abort', end);
      try {
        await this.#session(session.signal, () => {
          failures = 0;
        });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (this.#trouble === undefined) log.warn({ endpoint, error: why }, 'lost the container runtime');
        this.#say(
          `the container runtime at ${endpoint} cannot be reached: ${isUnavailable(error) ? 'nobody answers' : why}`,
        );
      } finally {
        session.abort();
        signal.removeEventListener('abort', end);
      }
      if (!signal.aborted) await clock.sleep(backoffDelay(reconnect, failures + 1), signal);
    }
  }

  /** One connection, from its first answer until it breaks. */
  async #session(signal: AbortSignal, worked: () => void): Promise<void> {
    const { connection, known, facts, clock, log } = this.#options;
    facts(await readFacts(connection));
    const listening = listen(
      {
        connection,
        ended: (criId) => void known.ended(criId, signal),
        relist: () => known.relist(),
        clock,
        log,
      },
      signal,
    );
    const work = (async () => {
      await known.relist();
      this.#seen = true;
      for (const resolve of this.#waiting.splice(0)) resolve();
      worked();
      await this.#ask();
      await clock.sleep(secondLook, signal);
      if (!signal.aborted) await known.relist();
      await this.#keepAsking(signal);
    })();
    await Promise.race([listening, work]);
  }

  async #keepAsking(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(this.#trouble === undefined ? asking.well : asking.troubled, signal);
      if (!signal.aborted) await this.#ask();
    }
  }

  async #ask(): Promise<void> {
    const { status } = await this.#options.connection.call('Status', { verbose: false }, { timeout: patience });
    this.#say(conditionTrouble(status?.conditions ?? []));
  }

  #say(trouble: string | undefined): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#options.changed();
  }
}
