/** What probing a container and running its hooks mean to the rest of the agent. */
import type { Container, LifecycleHandler, Probe } from '../../hub/api/container.ts';

/** What a look found; `message` says why not. */
export interface ProbeOutcome {
  readonly ok: boolean;
  readonly message: string;
  /** Something worth telling though the look succeeded. */
  readonly warning?: string;
  /** The look itself could not be made: it counts neither as a success nor as a failure. */
  readonly unknown?: boolean;
}

/** Where to look. `exec` runs a command in the container for at most `timeout` milliseconds. */
export interface ProbeTarget {
  readonly container: Container;
  readonly address: string;
  exec(command: readonly string[], timeout: number): Promise<{ code: number; output: string }>;
}

/** Looks once; never rejects. */
export type ProbeRunner = (probe: Probe, target: ProbeTarget) => Promise<ProbeOutcome>;

/** Runs a postStart or preStop hook; rejects with an Error that says why it failed. Ends early when `signal` aborts. */
export type HookRunner = (handler: LifecycleHandler, target: ProbeTarget, signal: AbortSignal) => Promise<void>;
