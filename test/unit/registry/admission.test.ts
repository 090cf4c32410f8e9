/** Admission of everything but limits, quotas and pod security: what is filled in and what is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../hub/api/pod.ts';
import { nodesGroup, nodeUserName } from '../../../hub/api/user.ts';
import { type Asked, admitted } from '../../support/admission.ts';

function pod(spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', ...metadata },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  };
}

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'n' } };
const agent = { name: nodeUserName('n1'), groups: [nodesGroup] };
const mount = {
  name: 'kube-api-access-bbbbb',
  readOnly: true,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
};

async function podOf(asked: Omit<Asked, 'resource'>): Promise<Pod> {
  return (await admitted({ resource: 'pods', ...asked })).object as unknown as Pod;
}

describe('a namespace', () => {
  it('that is missing takes no objects', async () => {
    await assert.rejects(admitted({ resource: 'configmaps', namespace: 'zz', object: configMap }), {
      code: 404,
      message: 'namespaces "zz" not found',
    });
  });

  it('that is going takes no objects, and says why', async () => {
    const stored = { namespaces: [{ metadata: { name: 'n' }, status: { phase: 'Terminating' } }] };
    await assert.rejects(admitted({ resource: 'configmaps', object: configMap, stored }), {
      code: 403,
      message:
        'configmaps "m" is forbidden: unable to create new content in namespace n because it is being terminated',
      details: {
        name: 'm',
        kind: 'configmaps',
        causes: [
          { reason: 'NamespaceTerminating', message: 'namespace n is being terminated', field: 'metadata.namespace' },
        ],
      },
    });
  });

  it('of the system stays', async () => {
    await assert.rejects(
      admitted({ operation: 'DELETE', resource: 'namespaces', name: 'kube-system', old: configMap }),
      {
        code: 403,
        message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted',
      },
    );
  });
});

describe('a new Pod', () => {
  it('runs as the default account with its token', async () => {
    const { spec } = await podOf({ object: pod() });
    assert.equal(spec.serviceAccountName, 'default');
    assert.equal(spec.serviceAccount, 'default');
    assert.deepEqual(spec.containers[0]?.volumeMounts, [mount]);
    assert.deepEqual(spec.volumes, [
      {
        name: 'kube-api-access-bbbbb',
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            {
              downwardAPI: {
                items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
              },
            },
          ],
          defaultMode: 420,
        },
      },
    ]);
  });

  it('keeps its own mount at the place of the token', async () => {
    const own = { name: 'v', mountPath: mount.mountPath };
    const { spec } = await podOf({
      object: pod({ containers: [{ name: 'c', volumeMounts: [own] }], volumes: [{ name: 'v' }] }),
    });
    assert.deepEqual(spec.containers[0]?.volumeMounts, [own]);
    assert.equal(spec.volumes?.length, 1);
  });

  it('follows its account in pull secrets and mounting', async () => {
    const account = {
      metadata: { name: 'sa', namespace: 'n' },
      imagePullSecrets: [{ name: 'reg' }],
      automountServiceAccountToken: false,
    };
    const { spec } = await podOf({ object: pod({ serviceAccountName: 'sa' }), stored: { serviceaccounts: [account] } });
    assert.deepEqual(spec.imagePullSecrets, [{ name: 'reg' }]);
    assert.equal(spec.volumes, undefined);
  });

  it('is refused when its account is missing', async () => {
    await assert.rejects(podOf({ object: pod({ serviceAccountName: 'zz' }) }), {
      code: 403,
      message: 'pods "p" is forbidden: error looking up service account n/zz: serviceaccount "zz" not found',
    });
  });

  it('tolerates nodes that are gone for five minutes, unless it says otherwise', async () => {
    const five = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
    const unreachable = { ...five, key: 'node.kubernetes.io/unreachable', tolerationSeconds: 300 };
    assert.deepEqual((await podOf({ object: pod({ tolerations: [five] }) })).spec.tolerations, [five, unreachable]);
    const all = [{ operator: 'Exists' }];
    assert.deepEqual((await podOf({ object: pod({ tolerations: all }) })).spec.tolerations, all);
  });

  const high = { metadata: { name: 'high' }, value: 77, preemptionPolicy: 'Never' };
  it('gets the priority of its class', async () => {
    const { spec } = await podOf({ object: pod({ priorityClassName: 'high' }), stored: { priorityclasses: [high] } });
    assert.deepEqual([spec.priority, spec.preemptionPolicy], [77, 'Never']);
  });

  it('gets the default class, and zero where there is none', async () => {
    const stored = { priorityclasses: [{ ...high, globalDefault: true }] };
    assert.equal((await podOf({ object: pod(), stored })).spec.priorityClassName, 'high');
    const plain = (await podOf({ object: pod() })).spec;
    assert.deepEqual([plain.priority, plain.preemptionPolicy], [0, 'PreemptLowerPriority']);
    const system = await podOf({ object: pod({ priorityClassName: 'system-cluster-critical' }) });
    assert.equal(system.spec.priority, 2_000_000_000);
  });

  it('is refused with a priority of its own, or a class that is missing', async () => {
    const stored = { priorityclasses: [high] };
    await assert.rejects(podOf({ object: pod({ priorityClassName: 'high', priority: 5 }), stored }), {
      message:
        'pods "p" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 77 from the given PriorityClass name',
    });
    await assert.rejects(podOf({ object: pod({ priorityClassName: 'zz' }) }), {
      message: 'pods "p" is forbidden: no PriorityClass with name zz was found',
    });
  });

  it('pays for its runtime and runs where it is', async () => {
    const runtime = {
      metadata: { name: 'r' },
      handler: 'r',
      overhead: { podFixed: { cpu: '10m' } },
      scheduling: { nodeSelector: { r: '1' }, tolerations: [{ key: 'r' }] },
    };
    const stored = { runtimeclasses: [runtime] };
    const { spec } = await podOf({
      object: pod({ runtimeClassName: 'r', tolerations: [{ operator: 'Exists' }] }),
      stored,
    });
    assert.deepEqual(
      [spec.overhead, spec.nodeSelector, spec.tolerations],
      [{ cpu: '10m' }, { r: '1' }, [{ key: 'r' }, { operator: 'Exists' }]],
    );
    await assert.rejects(podOf({ object: pod({ runtimeClassName: 'zz' }) }), {
      message: 'pods "p" is forbidden: pod rejected: RuntimeClass "zz" not found',
    });
  });
});

describe('other objects', () => {
  it('a Node starts out not ready', async () => {
    const { object } = await admitted({
      resource: 'nodes',
      object: { metadata: { name: 'n1' }, spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } },
    });
    assert.deepEqual((object.spec as { taints: unknown }).taints, [
      { key: 'x', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
    ]);
  });

  it('a claim and a volume get the finalizers that guard them', async () => {
    const claim = await admitted({ resource: 'persistentvolumeclaims', object: { metadata: { name: 'c' }, spec: {} } });
    assert.deepEqual(claim.object.metadata.finalizers, ['kubernetes.io/pvc-protection']);
    const volume = { metadata: { name: 'v', finalizers: ['own'] }, spec: {} };
    const guarded = await admitted({ resource: 'persistentvolumes', object: volume });
    assert.deepEqual(guarded.object.metadata.finalizers, ['own', 'kubernetes.io/pv-protection']);
  });

  it('a claim grows only when it is bound and its class can', async () => {
    const claim = (storage: string): object => ({
      metadata: { name: 'c', namespace: 'n' },
      spec: { storageClassName: 'fast', resources: { requests: { storage } } },
      status: { phase: 'Bound' },
    });
    const grow = (old: object, allowVolumeExpansion: boolean): Promise<unknown> => {
      const stored = { storageclasses: [{ metadata: { name: 'fast' }, allowVolumeExpansion }] };
      return admitted({ operation: 'UPDATE', resource: 'persistentvolumeclaims', object: claim('2Gi'), old, stored });
    };
    await grow(claim('1Gi'), true);
    await grow(claim('2Gi'), false);
    await assert.rejects(grow(claim('1Gi'), false), /storageclass that provisions the pvc must support resize/);
    await assert.rejects(grow({ ...claim('1Gi'), status: {} }, true), /Only bound persistent volume claims/);
  });

  it('a claim gets the newest default class', async () => {
    const marked = (name: string, creationTimestamp: string): object => ({
      metadata: { name, creationTimestamp, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    });
    const stored = {
      storageclasses: [
        marked('old', '2026-01-01T00:00:00Z'),
        marked('new', '2026-01-02T00:00:00Z'),
        { metadata: { name: 'z' } },
      ],
    };
    const { object } = await admitted({
      resource: 'persistentvolumeclaims',
      object: { metadata: { name: 'c' }, spec: {} },
      stored,
    });
    assert.equal((object.spec as { storageClassName: string }).storageClassName, 'new');
  });

  it('a second default priority class is refused', async () => {
    const stored = { priorityclasses: [{ metadata: { name: 'a' }, value: 1, globalDefault: true }] };
    const object = { metadata: { name: 'b' }, value: 2, globalDefault: true };
    await assert.rejects(admitted({ group: 'scheduling.k8s.io', resource: 'priorityclasses', object, stored }), {
      message:
        'priorityclasses.scheduling.k8s.io "b" is forbidden: PriorityClass a is already marked as default. Only one default can exist',
    });
  });
});

describe("a node's agent", () => {
  const node = (name: string, labels: object = {}): object => ({ metadata: { name, labels }, spec: {} });
  const mine = pod({ nodeName: 'n1' });
  const other = pod({ nodeName: 'n2' });
  const refused: [name: string, asked: Asked, why: RegExp][] = [
    [
      'makes no Pod that is no mirror',
      { resource: 'pods', object: pod({ nodeName: 'n1' }) },
      /can only create mirror pods/,
    ],
    [
      'deletes no Pod of another node',
      { operation: 'DELETE', resource: 'pods', name: 'p', old: other },
      /can only delete pods with spec.nodeName set to itself/,
    ],
    [
      'reports no Pod of another node',
      { operation: 'UPDATE', resource: 'pods', subresource: 'status', object: other, old: other },
      /can only update pod status for pods/,
    ],
    [
      'changes no other Node',
      { operation: 'UPDATE', resource: 'nodes', object: node('n2'), old: node('n2') },
      /node "n1" is not allowed to modify node "n2"/,
    ],
    [
      'sets no reserved label',
      { resource: 'nodes', object: node('n1', { 'node-restriction.kubernetes.io/x': '1' }) },
      /is not allowed to set the following labels: node-restriction/,
    ],
    [
      'takes off no taint',
      {
        operation: 'UPDATE',
        resource: 'nodes',
        object: node('n1'),
        old: { ...node('n1'), spec: { taints: [{ key: 'x' }] } },
      },
      /node "n1" is not allowed to modify taints/,
    ],
    [
      'renews no other Lease',
      { group: 'coordination.k8s.io', resource: 'leases', namespace: 'n', object: node('n1') },
      /can only access leases in the "kube-node-lease" system namespace/,
    ],
  ];
  for (const [name, asked, why] of refused) {
    it(name, async () => {
      await assert.rejects(
        admitted({ ...asked, user: agent }),
        (error: Error & { code: number }) => error.code === 403 && why.test(error.message),
      );
    });
  }

  it('reports its own Pods and its own Node', async () => {
    await admitted({
      operation: 'UPDATE',
      resource: 'pods',
      subresource: 'status',
      object: mine,
      old: mine,
      user: agent,
    });
    await admitted({
      resource: 'nodes',
      object: node('n1', { 'kubernetes.io/hostname': 'n1', own: 'x' }),
      user: agent,
    });
  });
});
