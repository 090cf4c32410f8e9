/** Defaults, checks and rows of Deployments and their kin. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../../hub/api/batch.ts';
import type { DaemonSet, Deployment } from '../../../hub/api/workload.ts';
import { changeFaults, created, faults, selected, strategy } from './made.ts';

const deployment = (spec: object = {}) => ({ spec: { ...selected, ...spec } });

test('a Deployment rolls out by quarters unless told otherwise', () => {
  const { spec, status } = created<Deployment>('apps', 'Deployment', deployment());
  assert.deepEqual(spec.strategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } });
  assert.deepEqual([spec.replicas, spec.revisionHistoryLimit, spec.progressDeadlineSeconds], [1, 10, 600]);
  assert.deepEqual(status, {});
  assert.deepEqual(
    created<Deployment>('apps', 'Deployment', deployment({ strategy: { type: 'Recreate' } })).spec.strategy,
    {
      type: 'Recreate',
    },
  );
});

test('a selector must find the Pods of its own template', () => {
  assert.deepEqual(faults('apps', 'Deployment', deployment({ selector: { matchLabels: { app: 'y' } } })), [
    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
  ]);
});

test('a selector never changes', () => {
  const wider = deployment({
    selector: { matchLabels: { app: 'x', b: 'c' } },
    template: { ...selected.template, metadata: { labels: { app: 'x', b: 'c' } } },
  });
  assert.deepEqual(changeFaults('apps', 'Deployment', deployment(), wider), [
    'spec.selector: Invalid value: {"matchLabels":{"app":"x","b":"c"}}: field is immutable',
  ]);
});

test('a rollout that may neither add nor remove a Pod is refused', () => {
  const strategyOfZero = { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } };
  assert.deepEqual(faults('apps', 'Deployment', deployment({ strategy: strategyOfZero })), [
    'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
  ]);
});

test('the status of a workload is not for who writes its spec, nor the other way round', () => {
  const kind = strategy('apps', 'Deployment');
  const old = created('apps', 'Deployment', deployment());
  old.status = { replicas: 1 };
  const spec = created('apps', 'Deployment', deployment({ replicas: 5 }));
  kind.prepareUpdate(spec, old);
  assert.deepEqual(spec.status, { replicas: 1 });
  const status = created('apps', 'Deployment', deployment({ replicas: 5 }));
  status.status = { replicas: 2 };
  kind.prepareStatusUpdate(status, old);
  assert.equal((status as unknown as Deployment).spec.replicas, 1);
  assert.deepEqual(status.status, { replicas: 2 });
});

test('a Deployment prints what it has of what it wants', () => {
  const one = created('apps', 'Deployment', {
    ...deployment({ replicas: 3 }),
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
  });
  one.status = { replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 };
  assert.deepEqual(strategy('apps', 'Deployment').cells(one, Date.parse('2026-01-01T00:00:30Z')), [
    'x',
    '2/3',
    3,
    2,
    '30s',
    'c',
    'busybox:1',
    'app=x',
  ]);
});

test('a DaemonSet counts the changes of its template', () => {
  const set = created<DaemonSet>('apps', 'DaemonSet', { spec: selected });
  assert.equal(set.metadata.annotations?.['deprecated.daemonset.template.generation'], '1');
  assert.deepEqual(set.spec.updateStrategy?.rollingUpdate, { maxUnavailable: 1, maxSurge: 0 });
});

test('containers of a StatefulSet mount what its Pods claim, and no volume that nobody gives them', () => {
  const mounting = (name: string) => {
    const container = { name: 'c', image: 'i', volumeMounts: [{ name, mountPath: '/data' }] };
    const template = { ...selected.template, spec: { containers: [container] } };
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
    return { spec: { ...selected, template, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec }] } };
  };
  assert.deepEqual(faults('apps', 'StatefulSet', mounting('data')), []);
  assert.deepEqual(faults('apps', 'StatefulSet', mounting('other')), [
    'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "other"',
  ]);
});

test('a Job selects its Pods by its own uid', () => {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'b' }] } };
  const job = created<Job>('batch', 'Job', { metadata: { uid: 'u' }, spec: { template } });
  assert.deepEqual(job.spec?.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } });
  assert.equal(job.spec?.template.metadata?.labels?.['job-name'], 'x');
  assert.deepEqual(strategy('batch', 'Job').validateCreate(job), []);
});

test('a Job cannot keep its Pods running', () => {
  const template = { spec: { restartPolicy: 'Always', containers: [{ name: 'c', image: 'b' }] } };
  assert.deepEqual(faults('batch', 'Job', { metadata: { uid: 'u' }, spec: { template } }), [
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ]);
});

test('schedules are five fields or a word', () => {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'b' }] } };
  const of = (schedule: string) =>
    faults('batch', 'CronJob', { spec: { schedule, jobTemplate: { spec: { template } } } });
  assert.deepEqual(of('*/5 * * * mon-fri'), []);
  assert.deepEqual(of('@hourly'), []);
  assert.deepEqual(of('61 * * * *'), [
    'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
  ]);
});

const job = (spec: object = {}) => ({
  metadata: { uid: 'u' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'b' }] } }, ...spec },
});

test('a Job says what is wrong with its policies and indexes', () => {
  const indexed = { completionMode: 'Indexed', completions: 3 };
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [indexed, []],
    [{ managedBy: 'example.com/queue' }, []],
    [
      { managedBy: 'queue' },
      ['spec.managedBy: Invalid value: "queue": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      { maxFailedIndexes: 1 },
      [
        'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
        'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      ],
    ],
    [
      { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 4 },
      ['spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions'],
    ],
    [
      { podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }] } },
      [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
      ],
    ],
    [
      { ...indexed, successPolicy: { rules: [{ succeededIndexes: '0-3' }, { succeededIndexes: '1,0' }, {}] } },
      [
        'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-3": error parsing succeededIndexes: too large index: "3"',
        'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "1,0": error parsing succeededIndexes: non-increasing order, previous: 1, current: 0',
        'spec.successPolicy.rules[2]: Required value: at least one of succeededCount or succeededIndexes must be specified',
      ],
    ],
    [
      { ...indexed, successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 3 }] } },
      [
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
      ],
    ],
    [
      { podReplacementPolicy: 'Never' },
      ['spec.podReplacementPolicy: Unsupported value: "Never": supported values: "Failed", "TerminatingOrFailed"'],
    ],
  ];
  for (const [spec, expected] of cases) assert.deepEqual(faults('batch', 'Job', job(spec)), expected);
});

test('an indexed Job grows in tandem with its parallelism only', () => {
  const before = job({ completionMode: 'Indexed', completions: 3, parallelism: 3 });
  const change = (spec: object): string[] => {
    const kind = strategy('batch', 'Job');
    const old = created<Job>('batch', 'Job', before);
    const after = structuredClone(old);
    Object.assign(after.spec as object, spec);
    return kind.validateUpdate(after as never, old as never).map((error) => `${error.field}: ${error.message}`);
  };
  assert.deepEqual(change({ completions: 4, parallelism: 4 }), []);
  assert.deepEqual(change({ completions: 4 }), [
    'spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism',
  ]);
});
