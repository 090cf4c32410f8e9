/** A node whose runtime, disk and clock are a test's: what the pods code does to them can be read, stopped and replayed. */
import { createPodEvents } from '../../agent/pods/events.ts';
import { createPods, type Pods } from '../../agent/pods/pods.ts';
import type { PodsOptions } from '../../agent/pods/pods-options.ts';
import type { Volumes } from '../../agent/volumes/volumes.ts';
import type { EventReport, PodReport } from '../../hub/api/link.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import type { Pod, PodStatus } from '../../hub/api/pod.ts';
import { silentLog } from '../../hub/base/log.ts';
import { FakeRuntime, type FakeRuntimeOptions } from './fake-runtime.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';
import { MemoryCheckpoints, MemoryHeld } from './memory-held.ts';

/** Every volume is there, and empty. */
const emptyVolumes: Volumes = {
  prepare: async (pod) => ({
    volumes: new Map((pod.spec.volumes ?? []).map(({ name }) => [name, { path: `/hollow/${name}`, readOnly: false }])),
    stale: [],
  }),
  subPath: async ({ volume, subPath }) => `${volume.path}/${subPath}`,
  remove: async () => {},
  sweep: async () => [],
  usage: async () => [],
};

/** The node. Its runtime, held objects and checkpoints outlive the agent. */
export class HollowNode {
  readonly clock: ManualClock = manualClock(Date.UTC(2026, 0, 1));
  readonly runtime: FakeRuntime;
  readonly held = new MemoryHeld();
  readonly checkpoints = new MemoryCheckpoints();
  readonly events: EventReport[] = [];
  readonly reports: PodReport[] = [];
  pods: Pods | undefined;

  constructor(options: Omit<FakeRuntimeOptions, 'clock'> = {}) {
    this.runtime = new FakeRuntime({ clock: this.clock, address: '10.0.0.5', ...options });
  }

  /** Starts an agent over what is there; the one before, if any, is forgotten as a killed one is. */
  async start(change: Partial<PodsOptions> = {}): Promise<void> {
    await this.launch(change);
    await this.settle();
  }

  /** As `start`, without waiting for what it does. */
  async launch(change: Partial<PodsOptions> = {}): Promise<void> {
    const { clock, runtime, held, checkpoints } = this;
    const pods = createPods({
      node: {
        ...{ name: 'node1', boot: 'boot-1' },
        addresses: () => ['192.0.2.1'],
        allocatable: () => ({ cpu: 2, memory: 2 ** 30, storage: 2 ** 30 }),
      },
      ...{ held, checkpoints, runtime, clock },
      volumes: emptyVolumes,
      events: createPodEvents({ clock, component: 'kubelet', send: (event) => this.events.push(event) }),
      report: (report) => this.reports.push(report),
      random: () => 0.5,
      log: silentLog,
      ...change,
    });
    this.pods = pods;
    await pods.start?.();
  }

  /** Resolves when nothing is left to do at this moment. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.pods?.settled();
    }
  }

  /** Lets time pass, second by second. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.clock.advance(1000);
      await this.settle();
    }
  }

  async apply(...objects: object[]): Promise<void> {
    await this.held.apply({ upserts: objects as KubeObject[], deletions: [] });
    await this.settle();
  }

  status({ metadata: { uid } }: Pod): PodStatus | undefined {
    return this.reports.findLast((report) => report.uid === uid)?.status;
  }

  /** `Reason: message` of every event so far, once each. */
  told(): string[] {
    return [...new Set(this.events.map(({ reason, message }) => `${reason}: ${message}`))];
  }
}
