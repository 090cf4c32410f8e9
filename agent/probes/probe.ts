/** What probing a container means to the rest of the agent. */
import type { Container, Probe } from '../../hub/api/container.ts';

/** What a look found; `message` says why not. */
export interface ProbeOutcome {
  readonly ok: boolean;
  readonly message: string;
}

/** Where to look. `exec` runs a command in the container. */
export interface ProbeTarget {
  readonly container: Container;
  readonly address: string;
  exec(command: readonly string[], timeout: number): Promise<{ code: number; output: string }>;
}

/** Looks once; never rejects. */
export type ProbeRunner = (probe: Probe, target: ProbeTarget) => Promise<ProbeOutcome>;
