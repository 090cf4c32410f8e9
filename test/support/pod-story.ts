/** Telling what happened to a Pod, for tests of plan and status: a situation built step by step. */
import { plan } from '../../agent/pods/plan/plan.ts';
import type { HookProgress, ProbeResult, Problem, Room, Situation } from '../../agent/pods/situation.ts';
import { podStatus } from '../../agent/pods/status/status.ts';
import type { Step } from '../../agent/pods/step.ts';
import type { ContainerObservation } from '../../agent/runtime/container.ts';
import type { ContainerCheckpoint, PodCheckpoint } from '../../agent/state/checkpoints.ts';
import type { Pod, PodStatus } from '../../hub/api/pod.ts';

/** Second 0 of every story, in Unix milliseconds. */
const storyStart = Date.UTC(2026, 0, 1);

/** A story of one Pod; times are seconds since its start. */
export class PodStory {
  readonly pod: Pod;
  checkpoint: PodCheckpoint;
  boot = 'boot-1';
  wanted = true;
  volumes = true;
  sandbox: 'none' | 'ready' | 'stale' = 'none';
  readonly containers: ContainerObservation[] = [];
  readonly problems = new Map<string, Problem>();
  readonly probes = new Map<string, ProbeResult>();
  readonly pulling = new Set<string>();
  readonly hooks = new Map<string, HookProgress>();
  readonly seen = new Set<string>();
  room: Room | undefined;

  constructor(pod: Pod) {
    this.pod = pod;
    const { uid = '', namespace = '', name = '' } = pod.metadata;
    this.checkpoint = { uid, namespace, name, startTime: storyStart, containers: {} };
  }

  /** An attempt was written down and runs since `at`. */
  runs(name: string, at = 0, checkpoint: Partial<ContainerCheckpoint> = {}): this {
    this.sandbox = 'ready';
    const attempt = checkpoint.attempt ?? 0;
    const id = `${name}-${attempt}`;
    this.written(name, { id, attempt, ...checkpoint });
    const { uid, namespace, name: podName } = this.checkpoint;
    const pod = { uid, namespace, name: podName };
    this.containers.push({
      id,
      shownId: `process://${id}`,
      pod,
      name,
      attempt,
      image: '',
      imageId: '',
      state: 'running',
      startedAt: storyStart + at * 1000,
    });
    return this;
  }

  /** The newest attempt of `name` ended. */
  exits(name: string, exitCode: number, at: number, reason = exitCode === 0 ? 'Completed' : 'Error'): this {
    const index = this.containers.findLastIndex((container) => container.name === name);
    const before = this.containers[index];
    if (before !== undefined)
      this.containers[index] = { ...before, state: 'exited', exitCode, reason, finishedAt: storyStart + at * 1000 };
    return this;
  }

  /** What is on disk about a container. */
  written(name: string, checkpoint: Partial<ContainerCheckpoint>): this {
    const entry = { id: `${name}-0`, attempt: 0, boot: this.boot, ...this.checkpoint.containers[name], ...checkpoint };
    this.checkpoint = { ...this.checkpoint, containers: { ...this.checkpoint.containers, [name]: entry } };
    return this;
  }

  situation(at: number): Situation {
    const { pod, wanted, checkpoint, volumes, problems, probes, pulling, hooks, seen, boot, room } = this;
    const { uid, namespace, name } = checkpoint;
    const sandbox = {
      uid,
      namespace,
      name,
      ready: this.sandbox === 'ready',
      createdAt: storyStart,
      addresses: ['10.0.0.5'],
    };
    const observed = { sandboxes: this.sandbox === 'none' ? [] : [sandbox], containers: this.containers };
    return {
      ...{ pod, wanted, checkpoint, volumes, problems, probes, pulling, hooks, seen, boot, observed },
      now: storyStart + at * 1000,
      ...(room === undefined ? {} : { room }),
    };
  }

  plan(at: number): Step[] {
    return plan(this.situation(at));
  }

  /** The plan in words: `start main#0`, `stop main 30`, `wait 10`. */
  words(at: number): string[] {
    return this.plan(at).map((step) => {
      switch (step.kind) {
        case 'start':
          return `start ${step.container.name}#${step.attempt}`;
        case 'stop':
          return `stop ${step.container} ${step.grace}`;
        case 'wait':
          return `wait ${(step.until - storyStart) / 1000}`;
        case 'record':
          return `record ${step.container}`;
        case 'remove':
          return `remove ${step.id}`;
        case 'hook':
          return `hook ${step.container.name}`;
        case 'hooked':
          return `hooked ${step.container}`;
        case 'prestop':
          return `prestop ${step.container} ${step.grace}`;
        case 'grant':
          return `grant ${Object.keys(step.resources).join(' ')}`;
        case 'resize':
          return `resize ${step.containers.join(' ')}`;
        case 'fail':
          return `fail ${step.reason}`;
        default:
          return step.kind;
      }
    });
  }

  status(at: number, before?: PodStatus): PodStatus {
    return podStatus(this.situation(at), { addresses: ['10.0.0.5'] }, before);
  }

  /** `Ready=False ContainersNotReady`, for one condition. */
  condition(at: number, type: string): string {
    const found = this.status(at).conditions?.find((condition) => condition.type === type);
    return `${found?.status}${found?.reason === undefined ? '' : ` ${found.reason}`}`;
  }
}
