/** What can run short on a node, and which condition of the Node says so. API: a kubelet's eviction signals. */

/** A thing that can run short. */
export type Signal =
  | 'memory.available'
  | 'nodefs.available'
  | 'nodefs.inodesFree'
  | 'imagefs.available'
  | 'imagefs.inodesFree'
  | 'pid.available';

/** How much there is and how much is left: bytes, inodes or process ids. */
export interface Reading {
  readonly available: number;
  readonly capacity: number;
}

/** What was measured at one moment; what cannot be measured is left out and never short. */
export type Readings = Partial<Record<Signal, Reading>>;

/** Conditions of a Node that is short of something. */
export type Pressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure';

/** Which condition each signal shows as. */
export const pressureOf: Readonly<Record<Signal, Pressure>> = {
  'memory.available': 'MemoryPressure',
  'nodefs.available': 'DiskPressure',
  'nodefs.inodesFree': 'DiskPressure',
  'imagefs.available': 'DiskPressure',
  'imagefs.inodesFree': 'DiskPressure',
  'pid.available': 'PIDPressure',
};

/** The resource a Pod uses up when a signal is short, as messages name it. */
export const resourceOf: Readonly<Record<Signal, string>> = {
  'memory.available': 'memory',
  'nodefs.available': 'ephemeral-storage',
  'nodefs.inodesFree': 'inodes',
  'imagefs.available': 'ephemeral-storage',
  'imagefs.inodesFree': 'inodes',
  'pid.available': 'pids',
};

/** True when what is short is a disk. */
export const isDisk = (signal: Signal): boolean => pressureOf[signal] === 'DiskPressure';
