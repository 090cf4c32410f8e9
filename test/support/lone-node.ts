/** A node without a hub: real processes, real files, the real pods code; what it would tell the hub is kept in memory. */
import { PassThrough } from 'node:stream';
import type { TestContext } from 'node:test';
import { join } from 'node:path';
import type { FramedStream } from '../../agent/link/link.ts';
import { createPodEvents } from '../../agent/pods/events.ts';
import { createPods, type Pods } from '../../agent/pods/pods.ts';
import { createStreams } from '../../agent/pods/streams/streams.ts';
import { runHook } from '../../agent/probes/run-hook.ts';
import { runProbe } from '../../agent/probes/run-probe.ts';
import { createProcessRuntime } from '../../agent/runtime/process/process.ts';
import { sendSignal } from '../../agent/runtime/process/signal.ts';
import type { Runtime } from '../../agent/runtime/runtime.ts';
import { openCheckpoints } from '../../agent/state/checkpoints.ts';
import { type HeldFile, openHeld } from '../../agent/state/held-journal.ts';
import { createVolumes } from '../../agent/volumes/disk-volumes.ts';
import type { EventReport, PodReport } from '../../hub/api/link.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import type { Pod, PodStatus } from '../../hub/api/pod.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { eventually } from './eventually.ts';
import { processesOf } from './processes.ts';
import { tempDir } from './temp-dir.ts';

/** What a stream brought: the bytes of its output, and the Status it ended with. */
export interface StreamAnswer {
  readonly text: string;
  readonly status: { readonly code: number; readonly message: string } | undefined;
}

/** A running lone node. */
export interface LoneNode {
  readonly held: HeldFile;
  readonly pods: Pods;
  readonly runtime: Runtime;
  readonly events: EventReport[];
  readonly reports: Map<string, PodReport>;
  /** What the hub would do: bind this Pod here. */
  bind(pod: Pod, ...others: object[]): Promise<void>;
  remove(pod: Pod): Promise<void>;
  status(pod: Pod): PodStatus | undefined;
  /** Resolves when the Pod's status is as `good` says. */
  until(what: string, pod: Pod, good: (status: PodStatus) => boolean, timeout?: number): Promise<PodStatus>;
  /** Reads a log; `seen` is called with all text so far and ends the stream by answering true. */
  logs(pod: Pod, options: Record<string, string>, seen?: (text: string) => boolean): Promise<StreamAnswer>;
  /** Stops the agent's part, once; containers go on. */
  stop(): Promise<void>;
  /** Ends and removes everything; nothing when it was stopped. */
  clean(): Promise<void>;
}

/** Starts a node over `dir`; another `boot` is a machine that was restarted. */
export async function startLoneNode(options: { dir: string; boot?: string; workers?: number }): Promise<LoneNode> {
  const { dir, boot = 'boot-1' } = options;
  const held = await openHeld({ dir: join(dir, 'state'), log: silentLog });
  const checkpoints = await openCheckpoints({ dir: join(dir, 'state'), log: silentLog });
  const runtime = createProcessRuntime({
    dir: join(dir, 'run'),
    version: '1.0.0',
    boot,
    addresses: () => ['192.0.2.7'],
    clock: systemClock,
    log: silentLog,
    cgroup: false,
  });
  const reports = new Map<string, PodReport>();
  const events: EventReport[] = [];
  const pods = createPods({
    node: {
      name: 'node1',
      boot,
      addresses: () => ['192.0.2.7'],
      allocatable: () => ({ cpu: 2, memory: 2 ** 30, storage: 2 ** 30 }),
    },
    held,
    checkpoints,
    runtime,
    volumes: createVolumes({ dir: join(dir, 'pods'), mounts: false }),
    events: createPodEvents({ clock: systemClock, component: 'kubelet', send: (event) => events.push(event) }),
    report: (report) => reports.set(report.uid, report),
    probe: runProbe,
    hook: runHook,
    clock: systemClock,
    log: silentLog,
  });
  await runtime.start();
  await pods.start?.();
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await pods.stop?.();
    await runtime.stop();
    await held.close();
    await checkpoints.close();
  };
  const status = (pod: Pod): PodStatus | undefined => reports.get(pod.metadata.uid ?? '')?.status;

  return {
    held,
    pods,
    runtime,
    events,
    reports,
    status,
    stop,
    bind: (pod, ...others) => held.apply({ upserts: [...others, pod] as unknown as KubeObject[], deletions: [] }),
    remove: ({ metadata: { namespace, name, uid } }) =>
      held.apply({ upserts: [], deletions: [`pods/${namespace}/${name}/${uid}`] }),
    until: (what, pod, good, timeout) =>
      eventually(
        what,
        () => {
          const found = status(pod);
          return found !== undefined && good(found) ? found : undefined;
        },
        timeout,
      ),
    logs: (pod, query, seen) => readLogs({ runtime, pods, boot, pod, query, ...(seen === undefined ? {} : { seen }) }),
    async clean() {
      if (stopped) return;
      await pods.stop?.();
      for (const { uid } of (await runtime.list()).sandboxes) await runtime.removeSandbox(uid);
      await stop().catch(() => {});
    },
  };
}

/** A directory for one test and the nodes started over it; nodes and all processes of it end before it goes. */
export function nodeDirectory(test: Pick<TestContext, 'after'>): {
  dir: string;
  start: (boot?: string) => Promise<LoneNode>;
} {
  const nodes: LoneNode[] = [];
  test.after(async () => {
    for (const node of nodes) await node.clean();
    // those of an agent that was killed, and of a test that failed before it was followed by another
    for (const { pid } of processesOf(dir)) sendSignal(pid, 'SIGKILL');
  });
  const dir = tempDir(test);
  return {
    dir,
    async start(boot) {
      const node = await startLoneNode(boot === undefined ? { dir } : { dir, boot });
      nodes.push(node);
      return node;
    },
  };
}

async function readLogs(options: {
  runtime: Runtime;
  pods: Pods;
  boot: string;
  pod: Pod;
  query: Record<string, string>;
  seen?: (text: string) => boolean;
}): Promise<StreamAnswer> {
  const { runtime, pods, boot, pod, query } = options;
  let text = '';
  let status: StreamAnswer['status'];
  let end: () => void = () => {};
  const closed = new Promise<void>((resolve) => (end = resolve));
  const listeners: (() => void)[] = [];
  const stream: FramedStream = {
    raw: new PassThrough(),
    send(channel, data) {
      if (channel === 3) status = JSON.parse(data.toString());
      else text += data.toString();
      if (options.seen?.(text) === true) for (const listener of listeners) listener();
      return true;
    },
    onFrame: () => {},
    onClose: (listener) => listeners.push(listener),
    onDrain: () => {},
    close: () => end(),
  };
  const logs = { runtime, clock: systemClock, boot, find: pods.find.bind(pods) };
  const streams = createStreams({
    dial: async () => stream,
    logs,
    documents: async () => undefined,
    log: silentLog,
  });
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  streams.open({
    id: '1',
    kind: 'logs',
    namespace,
    pod: name,
    uid,
    container: query['container'] ?? 'main',
    options: query,
  });
  await closed;
  return { text, status };
}
