/** What a container may use, in the kernel's units. */

/** Unset: no limit. */
export interface Resources {
  /** Cores it may use at most. */
  readonly cpuLimit?: number;
  /** Cores it asked for; its share when cores are scarce. */
  readonly cpuRequest?: number;
  /** Bytes. */
  readonly memoryLimit?: number;
}
