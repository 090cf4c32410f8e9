/** What a node holds, and what it holds more after a test than before: nothing may be left of Pods that are gone. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { mountsBelow, ownProcesses } from './belongings.ts';
import { groupMembers, podGroups } from './control-groups.ts';
import type { ClusterNode } from './node.ts';
import { cniResults } from './sweep.ts';

/** What a node holds, by kind. */
export interface NodeHoldings {
  /** Containers, sandboxes among them, their tasks and their writable file systems. */
  readonly containers: readonly string[];
  readonly tasks: readonly string[];
  readonly snapshots: readonly string[];
  readonly mounts: readonly string[];
  /** Network namespaces of sandboxes. */
  readonly namespaces: readonly string[];
  /** Interfaces in the node's own namespace. */
  readonly interfaces: readonly string[];
  /** Addresses given out, and what CNI remembers of sandboxes. */
  readonly addresses: readonly string[];
  /** Pods' control groups; those of other clusters with processes in them do not count. */
  readonly groups: readonly string[];
  /** Command lines. */
  readonly processes: readonly string[];
  readonly rules: readonly string[];
  /** Directories of Pods: volumes and logs. */
  readonly directories: readonly string[];
  /** Open descriptors: files by name, and one `kind` for each of the rest. */
  readonly agentDescriptors: readonly string[];
  readonly containerdDescriptors: readonly string[];
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

async function output(node: ClusterNode, words: readonly string[]): Promise<string[]> {
  const { code, stdout } = await node.run(words);
  return code === 0 ? lines(stdout) : [];
}

function names(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : [];
}

function descriptors(pid: number): string[] {
  return names(`/proc/${pid}/fd`).flatMap((path) => {
    try {
      // socket:[123] and pipe:[456] are other ones each time
      return [readlinkSync(path).replace(/:\[\d+\]$/, '')];
    } catch {
      return [];
    }
  });
}

/** Rules without what counts up, and without the numbers of rules. */
async function rules(node: ClusterNode): Promise<string[]> {
  const text = await output(node, ['nft', '--stateless', 'list', 'ruleset']);
  return text.map((line) => line.trim());
}

function groups(own: ReadonlySet<number>): string[] {
  return podGroups()
    .filter(({ path }) => {
      const members = groupMembers(path);
      // empty groups of host processes may be those of other hubs on this machine
      return members.length === 0 ? path.includes('/kubepods') : members.some((pid) => own.has(pid));
    })
    .map(({ path }) => path);
}

const ctr = async (node: ClusterNode, args: readonly string[]): Promise<string[]> =>
  lines((await node.containerd.ctr(args)).stdout);

/** Takes down what a node holds now. */
export async function holdings(node: ClusterNode): Promise<NodeHoldings> {
  const [containers, tasks, snapshots, interfaces, ruleset] = await Promise.all([
    ctr(node, ['containers', 'ls', '-q']),
    ctr(node, ['tasks', 'ls', '-q']),
    ctr(node, ['snapshots', 'ls']),
    output(node, ['ip', '-o', 'link']),
    rules(node),
  ]);
  const processes = ownProcesses(node.dir, [node.file]).filter(({ command }) => !command.startsWith('ctr '));
  return {
    containers,
    tasks,
    snapshots: snapshots.filter((line) => / Active\s*$/.test(line)),
    mounts: mountsBelow(node.dir),
    namespaces: names(join(node.containerd.dir, 'state', 'netns')),
    interfaces: interfaces.map((line) => (line.split(': ')[1] ?? '').replace(/@.*/, '')),
    addresses: [
      ...names(join(node.dataDir, 'agent', 'cni'))
        .flatMap(names)
        .filter((path) => /\/[0-9a-f.:]+$/.test(path)),
      ...cniResults(node.dir),
    ],
    groups: groups(new Set(processes.map(({ pid }) => pid))),
    processes: processes.map(({ command }) => command),
    rules: ruleset,
    directories: [...names(join(node.dataDir, 'agent', 'pods')), ...names(node.podLogsDir)],
    agentDescriptors: descriptors(node.agent.pid),
    containerdDescriptors: descriptors(node.containerd.pid),
  };
}

/** How many descriptors may come and go with connections and files that are open for a moment. */
const descriptorSlack = 6;

/** What is in `after` and was not in `before`, each as often as it is there more. */
function more(before: readonly string[], after: readonly string[]): string[] {
  const left = [...before];
  return after.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** What a node holds more than before, as `kind: what`; empty when nothing leaked. */
export function leaks(before: NodeHoldings, after: NodeHoldings): string[] {
  return (Object.keys(before) as (keyof NodeHoldings)[]).flatMap((kind) => {
    const found = more(before[kind], after[kind]);
    const slack = kind.endsWith('Descriptors') ? descriptorSlack : 0;
    return found.length <= slack ? [] : found.map((one) => `${kind}: ${one}`);
  });
}

/** Asserts that nothing leaked. */
export function assertNoLeaks(before: NodeHoldings, after: NodeHoldings): void {
  const found = leaks(before, after);
  assert.equal(found.length, 0, `the node holds more than before:\n  ${found.join('\n  ')}`);
}

/** Asserts that a node gets back to what it held before within `timeout` milliseconds. */
export async function assertNothingLeft(node: ClusterNode, before: NodeHoldings, timeout = 15_000): Promise<void> {
  const end = Date.now() + timeout;
  for (;;) {
    const after = await holdings(node);
    if (leaks(before, after).length === 0) return;
    if (Date.now() > end) return assertNoLeaks(before, after);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
