/**
 * Removes all a cluster made, whatever state it is in: the same way after a test and after a test process that was killed,
 * from what is on the machine and not from what a process remembers.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { eventually } from '../eventually.ts';
import { isAlive, killIfThere } from '../processes.ts';
import { mountsBelow, ownProcesses } from './belongings.ts';
import { groupsNamed, podGroups, removeGroups } from './control-groups.ts';
import { namespaceFiles, removeNetwork } from './network.ts';
import { abandonedRecords, type ClusterRecord, claim, removeRecord } from './record.ts';

/** Removes what clusters of dead processes have left; answers how many there were. */
export async function sweep(): Promise<number> {
  const records = abandonedRecords().filter(claim);
  for (const record of records) await removeCluster(record);
  return records.length;
}

/** Removes a cluster. Rejects when something cannot be removed: nothing below a mount is ever deleted. */
export async function removeCluster(record: ClusterRecord): Promise<void> {
  const { dir, slot } = record;
  await endProcesses(dir, slot);
  const bundles = containerBundles(dir);
  const groups = ownGroups(dir, bundles);
  for (const bundle of bundles) removeSocket(bundle);
  for (const result of cniResults(dir)) rmSync(result, { force: true });
  for (const mount of mountsBelow(dir).reverse()) spawnSync('umount', ['--lazy', mount]);
  removeNetwork(slot);
  await removeGroups(groups);
  const [left] = mountsBelow(dir);
  if (left !== undefined) throw new Error(`${left} cannot be unmounted, so ${dir} is left`);
  removeRecord(record);
}

async function endProcesses(dir: string, slot: number): Promise<void> {
  // a process that is being killed may start another one
  for (let round = 0; round < 10; round += 1) {
    const processes = ownProcesses(dir, namespaceFiles(slot));
    if (processes.length === 0) return;
    for (const { pid } of processes) killIfThere(pid);
    await eventually('processes of the cluster to end', () => processes.every(({ pid }) => !isAlive(pid)));
  }
  throw new Error(`processes of ${dir} come back however often they are killed`);
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

/** What CNI's library remembers of each sandbox, in a directory of the whole machine; it names the sandbox's namespace. */
export function cniResults(dir: string): string[] {
  return entries('/var/lib/cni/results').filter((file) => readFileSync(file, 'utf8').includes(`${dir}/`));
}

/** The control groups of this cluster: those of Pods its agents know, and those its containers were put into. */
function ownGroups(dir: string, bundles: readonly string[]): string[] {
  const pods = nodeDirs(dir).flatMap((node) => entries(join(node, 'data', 'agent', 'pods')));
  const uids = new Set(pods.map((path) => basename(path)));
  const containers = bundles
    .map(groupPath)
    .filter((path) => path !== undefined)
    .flatMap(groupsNamed);
  const ofPods = podGroups()
    .filter(({ path, uid }) => uids.has(uid) || containers.some((group) => group.startsWith(`${path}/`)))
    .map(({ path }) => path);
  return [...containers, ...ofPods];
}

function groupPath(bundle: string): string | undefined {
  const file = join(bundle, 'config.json');
  if (!existsSync(file)) return undefined;
  const spec = JSON.parse(readFileSync(file, 'utf8')) as { linux?: { cgroupsPath?: string } };
  return spec.linux?.cgroupsPath;
}
