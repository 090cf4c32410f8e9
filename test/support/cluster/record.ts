/**
 * Each cluster's directory with the record of who made it, so that what a dead process left can be found.
 *
 * The directory's name is the cluster's slot, the number in its names and addresses: whoever makes it has the slot.
 */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processTicks } from '../../../hub/base/daemon.ts';
import { slots } from './network.ts';

/** Who made a cluster, and where. */
export interface ClusterRecord {
  readonly dir: string;
  readonly slot: number;
  readonly pid: number;
  /** When that process started, in the kernel's ticks: its id may belong to another one now. */
  readonly ticks: string;
}

const prefix = 'coracle-cluster-';
const fileName = 'cluster.json';

/** Takes a free slot for this process. */
export function createRecord(): ClusterRecord {
  const staged = mkdtempSync(join(tmpdir(), 'coracle-new-cluster-'));
  const maker = { pid: process.pid, ticks: processTicks(process.pid) };
  for (let tries = 0; tries < slots; tries += 1) {
    const slot = (process.pid + tries) % slots;
    const record = { dir: join(tmpdir(), `${prefix}${slot}`), slot, ...maker };
    writeFileSync(join(staged, fileName), JSON.stringify(record));
    try {
      // at once and with its record, or not at all: a directory with something in it is not replaced
      renameSync(staged, record.dir);
      return record;
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  rmSync(staged, { recursive: true });
  throw new Error(`all ${slots} slots for clusters are taken`);
}

/** All clusters on this machine whose process is dead. */
export function abandonedRecords(): ClusterRecord[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(prefix))
    .flatMap((name) => {
      const record = readRecord(join(tmpdir(), name, fileName));
      return record === undefined || processTicks(record.pid) === record.ticks ? [] : [record];
    });
}

function readRecord(file: string): ClusterRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClusterRecord;
  } catch {
    // being removed just now
    return undefined;
  }
}
