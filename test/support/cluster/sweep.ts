/**
 * Removes all a cluster made, whatever state it is in: the same way after a test and after a test process that was killed,
 * from what is on the machine and not from what a process remembers.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { isAlive } from '../processes.ts';
import { groupTree, mountsBelow, ownProcesses, podGroups } from './belongings.ts';
import { namespaceFiles, removeNetwork } from './network.ts';
import { abandonedRecords, type ClusterRecord } from './record.ts';

/** Removes what clusters of dead processes have left; answers how many there were. */
export async function sweep(): Promise<number> {
  const records = abandonedRecords();
  for (const record of records) await removeCluster(record);
  return records.length;
}

/** Removes a cluster. Rejects when something cannot be removed: nothing below a mount is ever deleted. */
export async function removeCluster({ dir, slot }: ClusterRecord): Promise<void> {
  await endProcesses(dir, slot);
  const bundles = containerBundles(dir);
  const groups = ownGroups(dir, bundles);
  for (const bundle of bundles) removeSocket(bundle);
  for (const mount of mountsBelow(dir).reverse()) spawnSync('umount', ['--lazy', mount]);
  removeNetwork(slot);
  await removeGroups(groups);
  const [left] = mountsBelow(dir);
  if (left !== undefined) throw new Error(`${left} cannot be unmounted, so ${dir} is left`);
  rmSync(dir, { recursive: true, force: true });
}

async function endProcesses(dir: string, slot: number): Promise<void> {
  // a process that is being killed may start another one
  for (let round = 0; round < 10; round += 1) {
    const processes = ownProcesses(dir, namespaceFiles(slot));
    if (processes.length === 0) return;
    for (const { pid } of processes) kill(pid);
    await eventually('processes of the cluster to end', () => processes.every(({ pid }) => !isAlive(pid)));
  }
  throw new Error(`processes of ${dir} come back however often they are killed`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function entries(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : [];
}

/** Directories in which containerd keeps what a shim was given, one for each container. */
function containerBundles(dir: string): string[] {
  return nodeDirs(dir)
    .flatMap((node) => entries(join(node, 'containerd', 'state', 'io.containerd.runtime.v2.task')))
    .flatMap(entries);
}

const nodeDirs = (dir: string): string[] => entries(join(dir, 'nodes'));

/** A shim's socket is outside of containerd's directories, in /run/containerd/s. */
function removeSocket(bundle: string): void {
  const file = join(bundle, 'address');
  if (existsSync(file)) rmSync(readFileSync(file, 'utf8').replace(/^unix:\/\//, ''), { force: true });
}

/** The control groups of this cluster's Pods: those its agents know, and those its containers are in. */
function ownGroups(dir: string, bundles: readonly string[]): string[] {
  const pods = nodeDirs(dir).flatMap((node) => entries(join(node, 'data', 'agent', 'pods')));
  const known = new Set(pods.map((path) => path.slice(path.lastIndexOf('/') + 1)));
  const paths = bundles.map(groupPath).filter((path) => path !== undefined);
  return podGroups()
    .filter(
      ({ path, uid }) =>
        known.has(uid) || paths.some((inside) => inside.includes(path.slice(path.indexOf('/kubepods')))),
    )
    .map(({ path }) => path);
}

function groupPath(bundle: string): string | undefined {
  const file = join(bundle, 'config.json');
  if (!existsSync(file)) return undefined;
  const spec = JSON.parse(readFileSync(file, 'utf8')) as { linux?: { cgroupsPath?: string } };
  return spec.linux?.cgroupsPath;
}

async function removeGroups(groups: readonly string[]): Promise<void> {
  for (const group of groups.flatMap(groupTree)) {
    // the kernel lets go of a group a moment after its last process
    await eventually(`${group} to be empty`, () => removed(group));
  }
}

function removed(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY') return false;
    throw error;
  }
}
