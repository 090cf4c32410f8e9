/** What the parts of the CRI runtime share. */
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { Connection } from './connection.ts';
import type { Known } from './known.ts';
import type { PodCgroups } from './pod-cgroups.ts';

/** Made once, when the runtime starts. */
export interface CriContext {
  readonly connection: Connection;
  readonly known: Known;
  /** Marks what this agent made. */
  readonly agent: string;
  /** The runtime's own directory. */
  readonly dir: string;
  readonly podLogsDir: string;
  readonly cgroups: PodCgroups;
  /** Addresses of the node. */
  readonly addresses: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}
