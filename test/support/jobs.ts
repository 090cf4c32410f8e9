/** Builders of Jobs and of the Pods they have. */
import type { JobSpec, JobStatus } from '../../hub/api/batch.ts';
import { type JobPod, jobPod, type SpecifiedJob } from '../../hub/controllers/job/job-pod.ts';
import { aPod } from './workloads.ts';

/** A stored Job named `work` of one Pod. */
export function aJob(spec: Partial<JobSpec> = {}, status?: JobStatus): SpecifiedJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default', uid: 'uid-work' },
    spec: {
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { job: 'work' } },
      template: {
        metadata: { labels: { job: 'work' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] },
      },
      ...(spec.completions === undefined && spec.parallelism === undefined ? { completions: 1 } : {}),
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** What a Pod of a Job looks like. Times in seconds after 1970. */
export interface JobPodOptions {
  readonly phase?: string;
  readonly index?: number;
  readonly exitCode?: number;
  readonly finished?: number;
  readonly failures?: number;
  readonly deleting?: boolean;
  readonly tracked?: boolean;
  readonly condition?: string;
}

/** A Pod of a Job: running on a node and not counted yet, unless said otherwise. */
export function aJobPod(name: string, options: JobPodOptions = {}): JobPod {
  const { phase = 'Running', exitCode, finished = 1, condition } = options;
  const pod = aPod(name, { labels: { job: 'work' }, spec: { nodeName: 'n1' }, status: { phase } });
  const end = { exitCode: exitCode ?? 0, finishedAt: new Date(finished * 1000).toISOString() };
  if (phase === 'Failed' || phase === 'Succeeded') {
    const state = { terminated: end };
    pod.status = {
      phase,
      containerStatuses: [{ name: 'c', image: '', imageID: '', ready: false, restartCount: 0, state }],
    };
  }
  if (condition !== undefined) pod.status = { ...pod.status, conditions: [{ type: condition, status: 'True' }] };
  if (options.deleting === true) pod.metadata.deletionTimestamp = new Date(finished * 1000).toISOString();
  if (options.tracked !== false) pod.metadata.finalizers = ['batch.kubernetes.io/job-tracking'];
  const { index, failures } = options;
  if (index !== undefined) {
    pod.metadata.annotations = {
      'batch.kubernetes.io/job-completion-index': String(index),
      ...(failures === undefined ? {} : { 'batch.kubernetes.io/job-index-failure-count': String(failures) }),
    };
  }
  return jobPod(pod);
}
