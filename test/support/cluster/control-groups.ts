/** Control groups on this machine, version 1 or 2: whose they are, by name, and how they go. */
import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';

/** A Pod's group in one hierarchy. */
export interface PodGroup {
  readonly path: string;
  readonly uid: string;
}

/** Where the kernel shows groups: one tree (version 2), or one for each controller (version 1). */
function hierarchies(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] ?? '');
}

function below(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(dir, entry.name));
  } catch {
    // never there, or gone while we looked
    return [];
  }
}

/** Groups with the Pods of containers below them, and of host processes. */
const tops = /\/(kubepods[^/]*|coracle)$/;

/** `pod<uid>`; a bare uid for host processes; `kubepods-…-pod<uid with _>.slice` with systemd's driver. */
const uidForm = /^(?:.*pod)?([0-9a-f]{8}[-_]?(?:[0-9a-f]{4}[-_]?){3}[0-9a-f]{12})(?:\.slice)?$/;

/** The groups of all Pods, in every hierarchy. */
export function podGroups(): PodGroup[] {
  const found: PodGroup[] = [];
  const visit = (dir: string): void => {
    for (const path of below(dir)) {
      const uid = uidForm.exec(path.slice(dir.length + 1))?.[1];
      if (uid === undefined) visit(path);
      else found.push({ path, uid: uid.replaceAll('_', '-') });
    }
  };
  for (const top of hierarchies().flatMap(below)) if (tops.test(top)) visit(top);
  return found;
}

/** A group as a container's specification names it (`/kubepods/…`), in every hierarchy. */
export const groupsNamed = (name: string): string[] => hierarchies().map((hierarchy) => join(hierarchy, name));

/** The processes in a group and in all below it. */
export function groupMembers(group: string): number[] {
  return groupTree(group).flatMap((path) => {
    try {
      return readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
}

/** A group and all below it, the deepest first. */
function groupTree(group: string): string[] {
  return [...below(group).flatMap(groupTree), group];
}

/** Removes groups whose processes have ended, as far as they are there. */
export async function removeGroups(groups: readonly string[]): Promise<void> {
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
