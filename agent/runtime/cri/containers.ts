/** Making, starting, stopping and removing containers. Every step can be repeated: the agent may die between any two. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ContainerConfig, Resources } from '../container.ts';
import { RuntimeError } from '../runtime.ts';
import { CriError, isLate, isNotFound, isUnavailable } from './cri-error.ts';
import { containerRequest, linuxResources } from './container-request.ts';
import type { CriContext } from './context.ts';
import { madeFor, ownId } from './labels.ts';
import type { KnownSandbox } from './observe.ts';
import { podLogDirectory, sandboxReminder } from './sandbox-request.ts';
import { dropEmpty, isReserved } from './sandboxes.ts';
import { messageFile, prepareMessage } from './termination-message.ts';

/** Milliseconds between tries while another call still holds the name. */
const heldName = { wait: 250, tries: 40 } as const;

/** Makes and starts it. Rejects with RuntimeError CreateContainerError or RunContainerError. */
export async function startContainer(context: CriContext, config: ContainerConfig): Promise<void> {
  for (let tries = 0; ; tries++) {
    const criId = await made(context, config);
    if (criId === undefined) return;
    try {
      return await start(context, criId);
    } catch (error) {
      const spent = context.known.byCriId(criId)?.spent === true;
      // an agent before this one began it and died: that is still being undone, or it is to be made anew
      if ((!spent && !isStarting(error)) || tries === heldName.tries) throw error;
      await context.clock.sleep(heldName.wait);
    }
  }
}

/** The runtime's id of the container, made but not started; undefined when it has been started before. */
async function made(context: CriContext, config: ContainerConfig): Promise<string | undefined> {
  const { connection, known } = context;
  const before = known.container(config.id);
  if (before?.observation.state === 'running' || before?.observation.state === 'exited') return undefined;
  if (before?.spent === true) {
    await as('CreateContainerError', () => connection.call('RemoveContainer', { containerId: before.criId }));
    known.forget(before.criId);
  } else if (before !== undefined) return before.criId;
  const criId = await as('CreateContainerError', () => create(context, config));
  return known.byCriId(criId)?.observation.state === 'created' ? criId : undefined;
}

async function start({ connection, known }: CriContext, criId: string): Promise<void> {
  try {
    await as('RunContainerError', () => connection.call('StartContainer', { containerId: criId }));
  } finally {
    // also one that could not be started has ended now, and says why
    await known.lookAtContainer(criId).catch(() => {});
  }
}

const isStarting = (error: unknown): boolean =>
  error instanceof Error && /already in starting state/.test(error.message);

/** Rejections of `work` as a user reads them. */
async function as<T>(reason: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw new RuntimeError(reason, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Makes it, or finds what an earlier call has made. Answers the runtime's id. */
async function create(context: CriContext, config: ContainerConfig): Promise<string> {
  const { connection, known, agent, dir, cgroups, podLogsDir } = context;
  const sandbox = readySandbox(context, config.pod.uid);
  const logDirectory = join(podLogsDir, podLogDirectory(config.pod));
  await mkdir(join(logDirectory, config.name), { recursive: true, mode: 0o755 });
  const file = messageFile(dir, config.pod.uid, config.id);
  await prepareMessage(file);
  const target = config.security.processesOf;
  const processesOf = target === undefined ? undefined : known.container(target)?.criId;
  if (target !== undefined && processesOf === undefined)
    throw new RuntimeError('CreateContainerError', 'the container whose processes it is to see does not run');
  const request = {
    podSandboxId: sandbox.criId,
    config: containerRequest(config, {
      agent,
      namespaces: sandbox.namespaces,
      messageFile: file,
      ...(processesOf === undefined ? {} : { processesOf }),
    }),
    sandboxConfig: sandboxReminder(config.pod, {
      attempt: sandbox.attempt,
      logDirectory,
      cgroupParent: cgroups.parent(config.pod.uid, sandbox.qos),
    }),
  };
  for (let tries = 0; ; tries++) {
    try {
      const { containerId } = await connection.call('CreateContainer', request);
      await known.lookAtContainer(containerId);
      return containerId;
    } catch (error) {
      if (!isReserved(error) || tries === heldName.tries) throw error;
      const made = await earlier(context, config);
      if (made !== undefined) return made;
      await context.clock.sleep(heldName.wait);
    }
  }
}

/** What has the name: this container, made by a call whose answer was lost, or another one of ours, which goes. */
async function earlier({ connection, known, agent }: CriContext, config: ContainerConfig): Promise<string | undefined> {
  const filter = { labelSelector: madeFor(agent, config.pod.uid) };
  const { containers } = await connection.call('ListContainers', { filter });
  for (const { id, labels } of containers) {
    await known.lookAtContainer(id);
    if (ownId(labels, agent) === config.id) return id;
    const found = known.byCriId(id)?.observation;
    if (found?.name !== config.name || found.attempt !== config.attempt || found.state === 'running') continue;
    await connection.call('RemoveContainer', { containerId: id });
    known.forget(id);
  }
  return undefined;
}

function readySandbox({ known }: CriContext, uid: string): KnownSandbox {
  const sandbox = known.sandboxesOf(uid).find(({ ready }) => ready);
  if (sandbox === undefined) throw new RuntimeError('CreateContainerError', 'the sandbox of the Pod is not ready');
  return sandbox;
}

/** Forgets it, with its log and its termination message. */
export async function removeContainer(context: CriContext, id: string): Promise<void> {
  const { connection, known, dir } = context;
  const found = known.container(id);
  if (found === undefined) return;
  try {
    await connection.call('RemoveContainer', { containerId: found.criId });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  await removeLogs(found.logFile);
  await rm(messageFile(dir, found.observation.pod.uid, id), { force: true });
  known.forget(found.criId);
  const { uid } = found.observation.pod;
  // the newest sandbox goes with its Pod
  await dropEmpty(context, uid, known.sandboxesOf(uid)[0]?.criId);
}

/** The log and what was moved aside from it. */
async function removeLogs(file: string): Promise<void> {
  if (file === '') return;
  const directory = dirname(file);
  const name = basename(file);
  for (const each of await readdir(directory).catch((): string[] => []))
    if (each === name || each.startsWith(`${name}.`)) await rm(join(directory, each), { force: true });
}

/** Changes what it may use. Rejects with RuntimeError when that cannot be had. */
export async function resizeContainer(context: CriContext, id: string, resources: Resources): Promise<void> {
  const { connection, known } = context;
  const found = known.container(id);
  if (found === undefined) throw new RuntimeError('ResizeContainerError', 'the container is not there');
  const request = { containerId: found.criId, linux: linuxResources(resources, -1) };
  await as('ResizeContainerError', () => connection.call('UpdateContainerResources', request));
  await known.lookAtContainer(found.criId);
}

/** Bytes of output that are kept. API: as a kubelet keeps of a probe. */
const keptOutput = 10 * 1024;

/** Runs a command in it for at most `timeout` milliseconds. */
export async function exec(
  context: CriContext,
  id: string,
  command: readonly string[],
  timeout: number,
): Promise<{ code: number; output: string }> {
  const found = context.known.container(id);
  if (found?.observation.state !== 'running') throw new RuntimeError('ExecError', 'the container does not run');
  // the runtime counts whole seconds: a little more than ours, so that ours is what ends it
  const request = { containerId: found.criId, cmd: command, timeout: Math.ceil(timeout / 1000) + 1 };
  try {
    const { exitCode, stdout, stderr } = await context.connection.call('ExecSync', request, { timeout });
    const output = Buffer.concat([stdout.subarray(0, keptOutput), stderr.subarray(0, keptOutput)]);
    return { code: exitCode, output: output.toString('utf8', 0, keptOutput) };
  } catch (error) {
    if (!(error instanceof CriError)) throw error;
    if (isTimeout(error))
      return { code: 137, output: `command timed out: "${command.join(' ')}" timed out after ${timeout / 1000}s` };
    const why = isUnavailable(error) ? 'the container runtime cannot be reached' : error.message;
    throw new RuntimeError('ExecError', why, { cause: error });
  }
}

const isTimeout = (error: CriError): boolean =>
  isLate(error) || /timeout .* exceeded|context deadline exceeded/.test(error.message);
