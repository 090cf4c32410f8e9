/** Making, stopping and removing the sandboxes of Pods. Every step can be repeated: the agent may die between any two. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RuntimeError } from '../runtime.ts';
import type { SandboxConfig } from '../sandbox.ts';
import { CriError, isNotFound } from './cri-error.ts';
import type { CriContext } from './context.ts';
import { madeFor } from './labels.ts';
import { podLogDirectory, sandboxRequest } from './sandbox-request.ts';
import { messageDirectory, messagesDirectory } from './termination-message.ts';

/** Milliseconds a sandbox may take: networks are slow to make, as a kubelet allows. */
const patience = 240_000;

/** Milliseconds between tries while another call still holds the name. */
const heldName = { wait: 500, tries: 20 } as const;

/** Says that somebody else has, or is just making, something of this name. */
export const isReserved = (error: unknown): boolean =>
  error instanceof CriError && /failed to reserve|\bis reserved\b/.test(error.message);

/** Makes the Pod's sandbox unless a ready one is there. Rejects with RuntimeError CreatePodSandboxError. */
export async function ensureSandbox(context: CriContext, config: SandboxConfig): Promise<void> {
  const { known, cgroups, dir, podLogsDir } = context;
  if (known.sandboxesOf(config.uid).some(({ ready }) => ready)) return;
  try {
    // tells whoever comes next that what lies outside this directory under this uid is ours (removeUnbegun)
    await mkdir(messageDirectory(dir, config.uid), { recursive: true });
    await cgroups.set(config.uid, config.resources);
    await mkdir(join(podLogsDir, podLogDirectory(config)), { recursive: true, mode: 0o755 });
    await readSandboxes(context, config.uid);
    await replaceSandbox(context, config);
    if (cgroups.late()) await cgroups.set(config.uid, config.resources);
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new RuntimeError('CreatePodSandboxError', `Failed to create pod sandbox: ${message}`, { cause: error });
  }
}

async function replaceSandbox(context: CriContext, config: SandboxConfig): Promise<void> {
  const { connection, known, agent, cgroups, podLogsDir } = context;
  for (let tries = 0; ; tries++) {
    const before = known.sandboxesOf(config.uid);
    if (before.some(({ ready }) => ready)) return;
    // frees the address of the one before, and ends what still runs in it
    for (const { criId } of before) await connection.call('StopPodSandbox', { podSandboxId: criId });
    // also what a try that failed has left
    await dropEmpty(context, config.uid);
    const request = sandboxRequest(config, {
      agent,
      attempt: (before[0]?.attempt ?? -1) + 1,
      logDirectory: join(podLogsDir, podLogDirectory(config)),
      cgroupParent: cgroups.parent(config.uid, config.resources.qos),
    });
    try {
      const { podSandboxId } = await connection.call(
        'RunPodSandbox',
        { config: request, runtimeHandler: config.handler },
        { timeout: patience },
      );
      await known.lookAtSandbox(podSandboxId);
      return;
    } catch (error) {
      if (!isReserved(error) || tries === heldName.tries) throw error;
      // an agent before this one asked for it: it is there, or will be, or its making is being undone
      await context.clock.sleep(heldName.wait);
      await readSandboxes(context, config.uid);
    }
  }
}

/** Reads what the runtime has for the Pod, whatever was known. */
async function readSandboxes({ connection, known, agent }: CriContext, uid: string): Promise<void> {
  const { items } = await connection.call('ListPodSandbox', { filter: { labelSelector: madeFor(agent, uid) } });
  for (const { id } of items) await known.lookAtSandbox(id);
}

/** Removes sandboxes of the Pod that are not ready and hold no container any more; `kept` stays in any case. */
export async function dropEmpty({ connection, known, agent }: CriContext, uid: string, kept?: string): Promise<void> {
  const spent = known.sandboxesOf(uid).filter(({ ready, criId }) => !ready && criId !== kept);
  if (spent.length === 0) return;
  const filter = { labelSelector: madeFor(agent, uid) };
  const { containers } = await connection.call('ListContainers', { filter });
  for (const { criId } of spent) {
    if (containers.some(({ podSandboxId }) => podSandboxId === criId)) continue;
    await connection.call('RemovePodSandbox', { podSandboxId: criId });
    known.forget(criId);
  }
}

/** Ends the Pod's network and what still runs in its sandboxes. */
export async function stopSandbox(context: CriContext, uid: string): Promise<void> {
  const { connection, known } = context;
  for (const { criId } of known.sandboxesOf(uid)) {
    await connection.call('StopPodSandbox', { podSandboxId: criId }).catch(unlessNotFound);
    await known.ended(criId);
  }
  for (const { criId, observation } of known.containersOf(uid))
    if (observation.state === 'running') await known.ended(criId);
}

/** Removes everything the Pod has with the runtime, and what was kept beside it. */
export async function removeSandbox(context: CriContext, uid: string): Promise<void> {
  const { connection, known, agent, dir, podLogsDir, cgroups } = context;
  const filter = { labelSelector: madeFor(agent, uid) };
  const { items } = await connection.call('ListPodSandbox', { filter });
  const { containers } = await connection.call('ListContainers', { filter });
  for (const { id } of items) await connection.call('StopPodSandbox', { podSandboxId: id }).catch(unlessNotFound);
  for (const { id } of containers) await connection.call('RemoveContainer', { containerId: id }).catch(unlessNotFound);
  for (const { id } of items) await connection.call('RemovePodSandbox', { podSandboxId: id }).catch(unlessNotFound);
  // found by the uid alone: where an earlier try ended, the runtime may know nothing of the Pod any more
  for (const name of await readdir(podLogsDir).catch((): string[] => []))
    if (name.endsWith(`_${uid}`)) await rm(join(podLogsDir, name), { recursive: true, force: true });
  await rm(messageDirectory(dir, uid), { recursive: true, force: true });
  await cgroups.remove(uid);
  for (const { criId } of [...known.containersOf(uid), ...known.sandboxesOf(uid)]) known.forget(criId);
}

/**
 * Removes what an agent that was killed has made for a Pod the runtime has nothing of: its log directory and group would
 * stay if the Pod is not wanted any more, and are made again if it is. Other agents may share the directory of logs, so
 * only uids of this one count. `known` must have been read.
 */
export async function removeUnbegun(context: CriContext): Promise<void> {
  const { known, dir } = context;
  for (const uid of await readdir(messagesDirectory(dir)).catch((): string[] => []))
    if (known.sandboxesOf(uid).length === 0 && known.containersOf(uid).length === 0) await removeSandbox(context, uid);
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
