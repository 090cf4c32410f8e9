/** The subresources that change one part of a Pod that runs: its ephemeral containers, and what it asks for. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Pod } from '../../../hub/api/pod.ts';
import { namespaces, nodes, pods, serviceAccounts, type ResourceRef } from '../../../hub/api/resource.ts';
import { createAdmission } from '../../../hub/registry/admission/create-admission.ts';
import type { AdmissionPlugin } from '../../../hub/registry/registry.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { type Answer, type HubApi, startHubApi } from '../../support/hub-api.ts';
import { kubectl } from '../../support/kubectl.ts';
import { asAdmin, podObject } from '../../support/objects.ts';

const limitRanges: ResourceRef = { group: '', version: 'v1', resource: 'limitranges' };
const quotas: ResourceRef = { group: '', version: 'v1', resource: 'resourcequotas' };
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };

interface Place {
  readonly hub: HubApi;
  readonly pod: () => Pod;
  patch(part: string, spec: object): Promise<Answer>;
  put(part: string, change: (pod: Pod) => void): Promise<Answer>;
}

/** A hub with one Pod `p` bound to the node `n` (2 cores, 1 GiB), which says what its containers have. */
async function place(t: TestContext, spec: object, own: Partial<Pod['metadata']> = {}): Promise<Place> {
  const admission: AdmissionPlugin[] = [];
  const hub = await startHubApi(t, { admission });
  const { registry } = hub;
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, status: {} };
  await registry.create(
    namespaces,
    '',
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
    asAdmin,
  );
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await registry.create(serviceAccounts, 'default', account, asAdmin);
  await registry.create(nodes, '', node, asAdmin);
  await registry.modify(
    nodes,
    '',
    'n',
    (it) => Object.assign(it, { status: { allocatable: { cpu: '2', memory: '1Gi' } } }),
    {
      ...asAdmin,
      subresource: 'status',
    },
  );
  const object = podObject('p', { nodeName: 'n', ...spec });
  Object.assign(object.metadata, own);
  await registry.create(pods, 'default', object, asAdmin);
  admission.push(...createAdmission({ reader: registry, clock: systemClock, random: Math.random }));
  const path = '/api/v1/namespaces/default/pods/p';
  const pod = (): Pod => registry.get(pods, 'default', 'p')?.object<Pod>() as Pod;
  return {
    hub,
    pod,
    patch: (part, change) => hub.ask('PATCH', `${path}/${part}`, { body: { spec: change }, headers: strategic }),
    put(part, change) {
      const copy = structuredClone(pod());
      change(copy);
      return hub.ask('PUT', `${path}/${part}`, { body: copy });
    },
  };
}

const messageOf = (answer: Answer): string => `${answer.status} ${answer.json.message}`;

test('ephemeral containers are added, and nothing else changes', async (t) => {
  const { patch, put, pod, hub } = await place(t, {});
  const first = await patch('ephemeralcontainers', {
    ephemeralContainers: [{ name: 'debug', image: 'busybox', targetContainerName: 'main', tty: true, stdin: true }],
    containers: [{ name: 'main', image: 'other' }],
  });
  assert.equal(first.status, 200, first.text);
  assert.equal(first.json.spec.containers[0].image, 'busybox');
  assert.equal(first.json.spec.ephemeralContainers[0].terminationMessagePolicy, 'File');
  assert.equal(pod().metadata.generation, 2);
  const second = await put('ephemeralcontainers', (it) => {
    it.spec.ephemeralContainers?.push({ name: 'more', image: 'busybox' });
    it.metadata.labels = { no: 'label' };
  });
  assert.equal(second.status, 200, second.text);
  assert.deepEqual(
    pod().spec.ephemeralContainers?.map(({ name }) => name),
    ['debug', 'more'],
  );
  assert.equal(pod().metadata.labels, undefined);
  const read = await hub.ask('GET', '/api/v1/namespaces/default/pods/p/ephemeralcontainers');
  assert.equal(read.json.kind, 'Pod');
  assert.equal(read.json.metadata.resourceVersion, pod().metadata.resourceVersion);
});

test('ephemeral containers neither change nor go, and may not ask for much', async (t) => {
  const { patch, put } = await place(t, {});
  await patch('ephemeralcontainers', { ephemeralContainers: [{ name: 'debug', image: 'busybox' }] });
  const refusals: [RegExp, Promise<Answer>][] = [
    [
      /ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed/,
      put('ephemeralcontainers', (it) => delete it.spec.ephemeralContainers),
    ],
    [
      /existing ephemeral containers "debug" may not be changed/,
      put('ephemeralcontainers', (it) => Object.assign(it.spec.ephemeralContainers?.[0] ?? {}, { image: 'x' })),
    ],
    [
      /ephemeralContainers\[0\].resources: Forbidden: cannot be set for an Ephemeral Container/,
      patch('ephemeralcontainers', {
        ephemeralContainers: [{ name: 'r', image: 'i', resources: { requests: { cpu: '1' } } }],
      }),
    ],
    [
      /ephemeralContainers\[0\].restartPolicy: Forbidden: cannot be set for an Ephemeral Container/,
      patch('ephemeralcontainers', { ephemeralContainers: [{ name: 'r', image: 'i', restartPolicy: 'Always' }] }),
    ],
    [
      /ephemeralContainers\[0\].targetContainerName: Not found: "r"/,
      patch('ephemeralcontainers', { ephemeralContainers: [{ name: 'r', image: 'i', targetContainerName: 'r' }] }),
    ],
    [
      /ephemeralContainers\[0\].name: Duplicate value: "main"/,
      patch('ephemeralcontainers', { ephemeralContainers: [{ name: 'main', image: 'i' }] }),
    ],
  ];
  for (const [wanted, answer] of refusals) assert.match(messageOf(await answer), wanted);
});

test('neither ephemeral containers nor a resize are for mirrors of static Pods', async (t) => {
  const { patch } = await place(t, {}, { annotations: { 'kubernetes.io/config.mirror': 'h' } });
  const added = await patch('ephemeralcontainers', { ephemeralContainers: [{ name: 'd', image: 'i' }] });
  assert.equal(
    messageOf(added),
    '422 Pod "p" is invalid: : Forbidden: static pods do not support ephemeral containers',
  );
  const resized = await patch('resize', { containers: [{ name: 'main', resources: { requests: { cpu: '1' } } }] });
  assert.equal(messageOf(resized), '422 Pod "p" is invalid: : Forbidden: static pods cannot be resized');
});

const asking = (resources: object, more: object = {}) => ({
  containers: [{ name: 'main', image: 'i', resources, ...more }],
});
const burstable = asking({ requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '64Mi' } });
const main = (resources: object) => ({ containers: [{ name: 'main', resources }] });

test('a resize changes CPU and memory, and nothing else', async (t) => {
  const { patch, put, pod, hub } = await place(t, burstable);
  const resized = await patch('resize', { ...main({ requests: { cpu: '150m' } }), terminationGracePeriodSeconds: 1 });
  assert.equal(resized.status, 200, resized.text);
  assert.equal(pod().spec.containers[0]?.resources?.requests?.['cpu'], '150m');
  assert.equal(pod().spec.containers[0]?.image, 'i');
  assert.equal(pod().spec.terminationGracePeriodSeconds, 30);
  assert.equal(pod().metadata.generation, 2);
  assert.equal((await hub.ask('GET', '/api/v1/namespaces/default/pods/p/resize')).json.kind, 'Pod');
  const replaced = await put('resize', (it) => {
    Object.assign(it.spec.containers[0]?.resources?.limits ?? {}, { cpu: '300m' });
    Object.assign(it.spec.containers[0] ?? {}, { image: 'other' });
  });
  assert.equal(replaced.status, 200, replaced.text);
  assert.equal(pod().spec.containers[0]?.image, 'i');
  assert.equal(pod().spec.containers[0]?.resources?.limits?.['cpu'], '300m');
  const plain = await hub.ask('PATCH', '/api/v1/namespaces/default/pods/p', {
    body: { spec: main({ requests: { cpu: '1' } }) },
    headers: strategic,
  });
  assert.match(messageOf(plain), /422 .*pod updates may not change fields other than/);
});

test('a resize is refused in the words of Kubernetes', async (t) => {
  const { patch, put } = await place(t, {
    ...burstable,
    initContainers: [
      { name: 'init', image: 'i', resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] },
    ],
  });
  const refusals: [RegExp, Promise<Answer>][] = [
    [
      /spec.containers\[0\].resources.requests: Invalid value: "500m": must be less than or equal to cpu limit of 200m/,
      patch('resize', main({ requests: { cpu: '500m' } })),
    ],
    [
      /spec.containers\[0\].resources.limits: Forbidden: resource limits cannot be removed/,
      patch('resize', main({ limits: { cpu: null } })),
    ],
    [
      /spec: Forbidden: only cpu and memory resources are mutable/,
      patch('resize', main({ limits: { 'ephemeral-storage': '1Gi' } })),
    ],
    [
      /spec: Forbidden: only cpu and memory resources are mutable/,
      put('resize', (it) =>
        Object.assign(it.spec.containers[0] ?? {}, {
          resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
        }),
      ),
    ],
    [
      /spec.containers\[0\].name: Forbidden: containers may not be renamed or reordered on resize/,
      put('resize', (it) => Object.assign(it.spec.containers[0] ?? {}, { name: 'other' })),
    ],
    [
      /spec.containers: Forbidden: containers may not be added or removed on resize/,
      put('resize', (it) => it.spec.containers.push({ name: 'new', image: 'i' })),
    ],
    [
      /spec.initContainers\[0\]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized/,
      patch('resize', { initContainers: [{ name: 'init', resources: { requests: { cpu: '1m' } } }] }),
    ],
    [
      /403 .*node didn't have enough allocatable resources: cpu, requested: 3000, allocatable: 2000$/,
      patch('resize', main({ requests: { cpu: '3' }, limits: { cpu: '4' } })),
    ],
  ];
  for (const [wanted, answer] of refusals) assert.match(messageOf(await answer), wanted);
});

test('a resize leaves the class of a Pod as it is', async (t) => {
  const { patch } = await place(t, burstable);
  const refused = await patch('resize', main({ requests: { cpu: '200m' } }));
  const why = 'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing';
  assert.equal(messageOf(refused), `422 Pod "p" is invalid: ${why}`);
});

test('a node that tells nothing of resources cannot resize', async (t) => {
  const { hub, patch } = await place(t, burstable);
  const status = (resources?: object) => (it: Pod) => {
    it.status = {
      ...it.status,
      containerStatuses: [
        {
          name: 'main',
          image: 'i',
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: {} },
          ...(resources ? { resources } : {}),
        },
      ],
    };
  };
  const write = { ...asAdmin, subresource: 'status' };
  await hub.registry.modify<Pod>(pods, 'default', 'p', status(), write);
  const refused = await patch('resize', main({ requests: { cpu: '150m' } }));
  assert.match(messageOf(refused), /spec: Forbidden: Pod running on node without support for resize/);
  await hub.registry.modify<Pod>(pods, 'default', 'p', status({}), write);
  assert.equal((await patch('resize', main({ requests: { cpu: '150m' } }))).status, 200);
});

test('limits and quotas of a namespace hold for a resize, and what a Pod still has counts', async (t) => {
  const { hub, patch, pod } = await place(t, burstable);
  const { registry } = hub;
  const range = { limits: [{ type: 'Container', max: { cpu: '400m' } }] };
  await registry.create(
    limitRanges,
    'default',
    { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'l' }, spec: range },
    asAdmin,
  );
  const tooMuch = await patch('resize', main({ limits: { cpu: '500m' } }));
  assert.match(messageOf(tooMuch), /403 .*maximum cpu usage per Container is 400m, but limit is 500m/);
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q' },
    spec: { hard: { 'requests.cpu': '250m' } },
  };
  await registry.create(quotas, 'default', quota, asAdmin);
  const larger = await patch('resize', main({ requests: { cpu: '300m' }, limits: { cpu: '400m' } }));
  assert.match(
    messageOf(larger),
    /403 .*exceeded quota: q, requested: requests.cpu=200m, used: requests.cpu=100m, limited: requests.cpu=250m/,
  );
  const held = { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '64Mi' } };
  const tell = (it: Pod): void => {
    const one = { name: 'main', image: 'i', imageID: '', ready: true, restartCount: 0, state: { running: {} } };
    it.status = { ...it.status, containerStatuses: [{ ...one, resources: held, allocatedResources: held.requests }] };
  };
  await registry.modify<Pod>(pods, 'default', 'p', tell, { ...asAdmin, subresource: 'status' });
  assert.equal((await patch('resize', main({ requests: { cpu: '50m' } }))).status, 200);
  const other = podObject('other', asking({ requests: { cpu: '200m' }, limits: { cpu: '300m' } }));
  const refused = await hub.ask('POST', '/api/v1/namespaces/default/pods?dryRun=All', { body: other });
  assert.match(messageOf(refused), /exceeded quota: q, requested: requests.cpu=200m, used: requests.cpu=100m/);
  assert.equal(pod().spec.containers[0]?.resources?.requests?.['cpu'], '50m');
});

test('kubectl patches subresources', async (t) => {
  const { hub, pod } = await place(t, burstable);
  const patch = JSON.stringify({ spec: main({ requests: { cpu: '120m' } }) });
  const { code, error } = await kubectl(hub.kubeconfig, ['patch', 'pod', 'p', '--subresource', 'resize', '-p', patch]);
  assert.equal(code, 0, error);
  assert.equal(pod().spec.containers[0]?.resources?.requests?.['cpu'], '120m');
});

test('conditions say of which generation they are, and keep it', async (t) => {
  const { hub, pod } = await place(t, {});
  const path = '/api/v1/namespaces/default/pods/p';
  await hub.ask('PATCH', `${path}/status`, {
    body: { status: { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True', observedGeneration: 1 }] } },
    headers: strategic,
  });
  const copy = structuredClone(pod());
  copy.status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] };
  const answer = await hub.ask('PUT', `${path}/status`, { body: copy });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(pod().status?.observedGeneration, 1);
  assert.equal(pod().status?.conditions?.[0]?.observedGeneration, 1);
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } };
  assert.equal((await hub.ask('POST', `${path}/eviction`, { body: eviction })).status, 201);
  const target = pod().status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  assert.equal(target?.reason, 'EvictionByEvictionAPI');
  assert.equal(target?.observedGeneration, 1);
  assert.equal(pod().metadata.generation, 2);
});
