/** Jobs: completions, indexes, what failures mean, and when a success is enough. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container, core, isReady, type More, podSpec } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

const pathOf = (cluster: Cluster, name = ''): string =>
  `/apis/batch/v1/namespaces/${cluster.namespace}/jobs${name === '' ? '' : `/${name}`}`;

/** A Job of Pods that run `script`; its index is in $JOB_COMPLETION_INDEX where it has one. */
function job(script: string, more: More = {}, name = 'job', template: More = {}): ApiObject {
  const spec = podSpec(undefined, { restartPolicy: 'Never', containers: [container(script)], ...template });
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels: { job: name } } as never,
    spec: { parallelism: 2, completions: 4, backoffLimit: 6, ...more, template: { spec } },
  };
}

/** The Job's Pods that are not on their way out. */
async function podsOf(cluster: Cluster, name = 'job'): Promise<ApiObject[]> {
  const all = await cluster.items(`${core(cluster, 'pods')}?labelSelector=batch.kubernetes.io/job-name%3D${name}`);
  return all.filter((one) => one.metadata.deletionTimestamp === undefined);
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
}
const conditionOf = (one: ApiObject, type: string): Condition | undefined =>
  ((one['status'].conditions ?? []) as Condition[]).find((each) => each.type === type && each.status === 'True');

const make = (cluster: Cluster, wanted: ApiObject): Promise<ApiObject> => cluster.ok('POST', pathOf(cluster), wanted);
const ends = (cluster: Cluster, type: 'Complete' | 'Failed'): Promise<ApiObject> =>
  cluster.eventually(pathOf(cluster, 'job'), (one) => conditionOf(one, type) !== undefined, 60);

/** A folder of files that outlives the Pods, as a hostPath volume would. */
function folder(cluster: Cluster): string {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-job-'));
  cluster.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const indexed = { completionMode: 'Indexed' };
const index = '$JOB_COMPLETION_INDEX';

conformance('[sig-apps] job.go: Indexed Job', async (cluster) => {
  await make(cluster, job(`echo "${index}"`, indexed));
  const done = await ends(cluster, 'Complete');
  assert.equal(done['status'].completedIndexes, '0-3');
  assert.equal(done['status'].succeeded, 4);
  const seen = new Set<string>();
  for (const { metadata, spec } of await podsOf(cluster)) {
    const number = metadata.annotations?.['batch.kubernetes.io/job-completion-index'] ?? '';
    seen.add(number);
    assert.equal(spec.hostname, `job-${number}`);
    assert.equal(metadata.labels?.['batch.kubernetes.io/job-completion-index'], number);
    assert.equal(await cluster.ok<string>('GET', `${core(cluster, 'pods', metadata.name)}/log`), `${number}\n`);
  }
  assert.deepEqual([...seen].sort(), ['0', '1', '2', '3']);
});

conformance('[sig-apps] job.go: tasks fail then restart', async (cluster) => {
  const dir = folder(cluster);
  const script = `test -e ${dir}/$POD && exit 0; touch ${dir}/$POD; exit 1`;
  const env = [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
  await make(cluster, job('', {}, 'job', { restartPolicy: 'OnFailure', containers: [container(script, { env })] }));
  const done = await ends(cluster, 'Complete');
  assert.equal(done['status'].succeeded, 4);
  for (const { status } of await podsOf(cluster)) {
    assert.equal(status.phase, 'Succeeded');
    assert.equal(status.containerStatuses[0].restartCount, 1);
  }
});

conformance('[sig-apps] job.go: delete Job', async (cluster) => {
  await make(cluster, job('exec sleep 1000'));
  await cluster.eventually(pathOf(cluster, 'job'), (one) => one['status'].active === 2);
  await until(async () => (await podsOf(cluster)).filter(isReady).length === 2);
  await cluster.ok('DELETE', pathOf(cluster, 'job'), {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Foreground',
  });
  await cluster.gone(pathOf(cluster, 'job'));
  assert.deepEqual(await podsOf(cluster), []);
});

conformance('[sig-apps] job.go: adopt and release', async (cluster) => {
  const { metadata } = await make(cluster, job('exec sleep 1000'));
  await until(async () => (await podsOf(cluster)).length === 2);
  const [first] = await podsOf(cluster);
  const path = core(cluster, 'pods', first?.metadata.name);
  await cluster.patch('merge', path, { metadata: { ownerReferences: null } });
  await cluster.eventually(path, (one) => one.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  await cluster.patch('merge', path, { metadata: { labels: null } });
  await cluster.eventually(path, (one) => one.metadata.ownerReferences === undefined);
});

conformance('[sig-apps] job.go: Job status', async (cluster) => {
  const { api, eventually, ok, patch } = cluster;
  const path = pathOf(cluster, 'job');
  await make(cluster, job('exec sleep 1000'));
  await eventually(path, (one) => one['status'].active === 2);
  const patched = await patch('merge', `${path}/status`, {
    metadata: { annotations: { patchedstatus: 'true' } },
    status: { startTime: '2026-01-02T03:04:05Z' },
  });
  assert.equal(patched.metadata.annotations?.['patchedstatus'], 'true');
  assert.equal((await ok('GET', path))['status'].startTime, '2026-01-02T03:04:05Z');
  await until(async () => {
    const now = await ok('GET', `${path}/status`);
    now['status'].startTime = '2026-01-02T03:04:06Z';
    return (await api('PUT', `${path}/status`, now)).status === 200;
  });
  assert.equal((await ok('GET', `${path}/status`))['status'].startTime, '2026-01-02T03:04:06Z');
});

conformance('[sig-apps] job.go: Job lifecycle', async (cluster) => {
  const { api, items, ok, patch, watch } = cluster;
  const path = pathOf(cluster, 'job');
  const { events } = await watch(`${pathOf(cluster)}?watch=true&labelSelector=job%3Djob`);
  const seen = (type: string, wanted: (one: ApiObject) => boolean): Promise<void> =>
    until(() => events.some((event) => event.type === type && wanted(event.object)));
  await make(cluster, job('exit 0', { suspend: true }));
  await seen('ADDED', () => true);
  const patched = await patch('strategic', path, { metadata: { labels: { patched: 'yes' } } });
  assert.equal(patched.metadata.labels?.['patched'], 'yes');
  await seen('MODIFIED', ({ metadata }) => metadata.labels?.['patched'] === 'yes');
  assert.deepEqual(await podsOf(cluster), []);
  await until(async () => {
    const now = await ok('GET', path);
    now.metadata.annotations = { updated: 'true' };
    now['spec'].suspend = false;
    return (await api('PUT', path, now)).status === 200;
  });
  await seen('MODIFIED', ({ metadata, spec }) => metadata.annotations?.['updated'] === 'true' && !spec.suspend);
  await ends(cluster, 'Complete');
  const found = (await items('/apis/batch/v1/jobs?labelSelector=job%3Djob')).filter(
    (one) => one.metadata.namespace === cluster.namespace,
  );
  assert.equal(found.length, 1);
  await ok('DELETE', `${pathOf(cluster)}?labelSelector=job%3Djob&propagationPolicy=Background`);
  await seen('DELETED', () => true);
});

const onExitCode = (action: string, code: number): More => ({
  action,
  onExitCodes: { containerName: 'main', operator: 'In', values: [code] },
});

conformance('[sig-apps] job.go: podFailurePolicy exit code FailJob', async (cluster) => {
  const rules = [onExitCode('FailJob', 1)];
  await make(cluster, job(`test ${index} = 0 && exit 1; exec sleep 1000`, { ...indexed, podFailurePolicy: { rules } }));
  const done = await ends(cluster, 'Failed');
  assert.equal(conditionOf(done, 'Failed')?.reason, 'PodFailurePolicy');
});

conformance('[sig-apps] job.go: podFailurePolicy ignores DisruptionTarget', async (cluster) => {
  const dir = folder(cluster);
  const script = `test -e ${dir}/${index} && exit 0; touch ${dir}/${index}; trap 'exit 1' TERM; sleep 1000 & wait`;
  const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }];
  const more = { ...indexed, completions: 2, backoffLimit: 0, podFailurePolicy: { rules } };
  await make(cluster, job(script, more));
  await until(async () => (await podsOf(cluster)).filter(isReady).length === 2);
  for (const { metadata } of await podsOf(cluster)) {
    const { status } = await cluster.api('POST', `${core(cluster, 'pods', metadata.name)}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: metadata.name },
    });
    assert.equal(status, 201);
  }
  const done = await ends(cluster, 'Complete');
  assert.equal(done['status'].succeeded, 2);
  assert.equal(done['status'].failed ?? 0, 0);
});

conformance('[sig-apps] job.go: backoffLimitPerIndex', async (cluster) => {
  const more = { ...indexed, parallelism: 4, backoffLimit: undefined, backoffLimitPerIndex: 1 };
  await make(cluster, job(`exit $((${index} % 2))`, more));
  const { status } = await ends(cluster, 'Failed');
  assert.equal(status.failedIndexes, '1,3');
  assert.equal(status.completedIndexes, '0,2');
  assert.equal(status.succeeded, 2);
  assert.equal(status.failed, 4);
});

conformance('[sig-apps] job.go: FailIndex action', async (cluster) => {
  const rules = [onExitCode('FailIndex', 42)];
  const more = {
    ...indexed,
    completions: 2,
    backoffLimit: undefined,
    backoffLimitPerIndex: 1,
    podFailurePolicy: { rules },
  };
  await make(cluster, job(`test ${index} = 0 && exit 42; exit 0`, more));
  const { status } = await ends(cluster, 'Failed');
  assert.equal(status.failedIndexes, '0');
  assert.equal(status.completedIndexes, '1');
  assert.equal(status.failed, 1);
});

conformance('[sig-apps] job.go: maxFailedIndexes', async (cluster) => {
  const more = { ...indexed, parallelism: 4, backoffLimit: undefined, backoffLimitPerIndex: 0, maxFailedIndexes: 0 };
  await make(cluster, job(`test ${index} = 0 && exit 1; exec sleep 1000`, more));
  const done = await ends(cluster, 'Failed');
  assert.equal(conditionOf(done, 'Failed')?.reason, 'MaxFailedIndexesExceeded');
  assert.equal(conditionOf(done, 'FailureTarget')?.reason, 'MaxFailedIndexesExceeded');
  assert.equal(done['status'].failedIndexes, '0');
  await until(async () => (await podsOf(cluster)).every((one) => one['status'].phase !== 'Running'));
});

/** Runs a Job with these rules of success and answers it once it is complete. */
async function succeeds(cluster: Cluster, script: string, rules: More[]): Promise<ApiObject> {
  await make(cluster, job(script, { ...indexed, parallelism: 4, completions: 4, successPolicy: { rules } }));
  const done = await ends(cluster, 'Complete');
  assert.equal(conditionOf(done, 'SuccessCriteriaMet')?.reason, 'SuccessPolicy');
  assert.equal(conditionOf(done, 'Complete')?.reason, 'SuccessPolicy');
  await until(async () => (await podsOf(cluster)).every((one) => one['status'].phase !== 'Running'));
  return done;
}

conformance('[sig-apps] job.go: successPolicy, all indexes', async (cluster) => {
  const { status } = await succeeds(cluster, 'exit 0', [{ succeededIndexes: '0-3' }]);
  assert.equal(status.completedIndexes, '0-3');
});

conformance('[sig-apps] job.go: successPolicy succeededCount', async (cluster) => {
  const { status } = await succeeds(cluster, `test ${index} = 2 && exit 0; exec sleep 1000`, [{ succeededCount: 1 }]);
  assert.equal(status.completedIndexes, '2');
});

conformance('[sig-apps] job.go: successPolicy succeededIndexes', async (cluster) => {
  const { status } = await succeeds(cluster, `test ${index} = 0 && exit 0; exec sleep 1000`, [
    { succeededIndexes: '0' },
  ]);
  assert.equal(status.completedIndexes, '0');
});
