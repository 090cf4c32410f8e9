/** What the process runtime is made with. */
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';

/** `dir` is the runtime's own; `boot` the kernel's boot id; `addresses` those of the node. */
export interface ProcessRuntimeOptions {
  readonly dir: string;
  readonly version: string;
  readonly boot: string;
  readonly addresses: () => readonly string[];
  /** A directory that comes first in PATH. */
  readonly programs?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Bytes of a log before it is moved aside. */
  readonly logLimit?: number;
  /** Name of the control group all containers live below; false makes none. */
  readonly cgroup?: string | false;
}
