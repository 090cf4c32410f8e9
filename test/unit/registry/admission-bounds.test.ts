/** Limits, quotas and pod security at admission. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../hub/api/pod.ts';
import { admitted } from '../../support/admission.ts';

function pod(container: object = {}, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', uid: 'u' },
    spec: { containers: [{ name: 'c', image: 'i', ...container }], automountServiceAccountToken: false, ...spec },
  };
}

const resources = (limits: object, requests: object = limits): object => ({ resources: { limits, requests } });

describe('a limit range', () => {
  const range = {
    metadata: { name: 'l', namespace: 'n' },
    spec: {
      limits: [
        {
          type: 'Container',
          default: { cpu: '500m' },
          defaultRequest: { cpu: '100m', memory: '64Mi' },
          max: { cpu: '1' },
          min: { cpu: '50m' },
          maxLimitRequestRatio: { cpu: '4' },
        },
        { type: 'Pod', max: { memory: '128Mi' } },
        { type: 'PersistentVolumeClaim', max: { storage: '2Gi' }, min: { storage: '1Gi' } },
      ],
    },
  };
  const stored = { limitranges: [range] };
  const cases: [name: string, container: object, why: string][] = [
    [
      'refuses what its own defaults make',
      {},
      '[cpu max limit to request ratio per Container is 4, but provided ratio is 5.000000, maximum memory usage per Pod is 128Mi.  No limit is specified]',
    ],
    [
      'refuses more than its most',
      resources({ cpu: '2', memory: '64Mi' }),
      'maximum cpu usage per Container is 1, but limit is 2',
    ],
    [
      'refuses less than its least',
      resources({ cpu: '20m', memory: '64Mi' }, { cpu: '10m' }),
      'minimum cpu usage per Container is 50m, but request is 10m',
    ],
    [
      'refuses too great a ratio',
      resources({ cpu: '900m', memory: '64Mi' }, { cpu: '100m' }),
      'cpu max limit to request ratio per Container is 4, but provided ratio is 9.000000',
    ],
    [
      'prints sums of Pods plainly',
      resources({ cpu: '100m', memory: '256Mi' }),
      'maximum memory usage per Pod is 128Mi, but limit is 268435456',
    ],
  ];
  for (const [name, container, why] of cases) {
    it(name, async () => {
      await assert.rejects(admitted({ resource: 'pods', object: pod(container), stored }), {
        code: 403,
        message: `pods "p" is forbidden: ${why}`,
      });
    });
  }

  it('fills in what a container does not say, and says so', async () => {
    const { object } = await admitted({
      resource: 'pods',
      object: pod({ resources: { limits: { cpu: '200m', memory: '1Mi' } } }),
      stored,
    });
    const { metadata, spec } = object as unknown as Pod;
    assert.deepEqual(spec.containers[0]?.resources?.requests, { cpu: '100m', memory: '64Mi' });
    assert.equal(
      metadata.annotations?.['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu, memory request for container c',
    );
  });

  it('bounds claims', async () => {
    const claim = { metadata: { name: 'c' }, spec: { resources: { requests: { storage: '3Gi' } } } };
    await assert.rejects(admitted({ resource: 'persistentvolumeclaims', object: claim, stored }), {
      message:
        'persistentvolumeclaims "c" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    });
  });
});

describe('a quota', () => {
  const quota = {
    metadata: { name: 'q', namespace: 'n' },
    spec: {
      hard: { pods: '1', 'requests.cpu': '1', 'limits.memory': '1Gi', 'count/secrets': '0', 'services.nodeports': '0' },
    },
  };
  const stored = { resourcequotas: [quota] };
  const fits = pod({ resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } });

  it('wants every bounded resource named', async () => {
    await assert.rejects(admitted({ resource: 'pods', object: pod(), stored }), {
      message: 'pods "p" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
    });
  });

  it('lets in what fits', async () => {
    await admitted({ resource: 'pods', object: fits, stored });
  });

  it('names what is exceeded', async () => {
    const big = pod({ resources: { requests: { cpu: '2' }, limits: { memory: '2Gi' } } });
    await assert.rejects(admitted({ resource: 'pods', object: big, stored }), {
      message:
        'pods "p" is forbidden: exceeded quota: q, requested: limits.memory=2Gi,requests.cpu=2, used: limits.memory=0,requests.cpu=0, limited: limits.memory=1Gi,requests.cpu=1',
    });
    const second = { ...(fits as object), metadata: { name: 'p2', namespace: 'n', uid: 'v' } };
    await assert.rejects(admitted({ resource: 'pods', object: second, stored: { ...stored, pods: [fits] } }), {
      message:
        'pods "p2" is forbidden: exceeded quota: q, requested: limits.memory=1Gi,pods=1,requests.cpu=1, used: limits.memory=1Gi,pods=1,requests.cpu=1, limited: limits.memory=1Gi,pods=1,requests.cpu=1',
    });
  });

  it('counts any kind of object, and node ports', async () => {
    await assert.rejects(admitted({ resource: 'secrets', object: { metadata: { name: 's' } }, stored }), {
      message:
        'secrets "s" is forbidden: exceeded quota: q, requested: count/secrets=1, used: count/secrets=0, limited: count/secrets=0',
    });
    const service = { metadata: { name: 's' }, spec: { type: 'NodePort', ports: [{ port: 1 }] } };
    await assert.rejects(admitted({ resource: 'services', object: service, stored }), {
      message:
        'services "s" is forbidden: exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=0, limited: services.nodeports=0',
    });
  });
});

describe('pod security', () => {
  const hardened = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const safe = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  const cases: [name: string, level: string, object: object, why: string][] = [
    [
      'privileged',
      'baseline',
      pod({ securityContext: { privileged: true } }),
      'privileged (container "c" must not set securityContext.privileged=true)',
    ],
    [
      'host',
      'baseline',
      pod(
        { ports: [{ containerPort: 1, hostPort: 1 }] },
        { hostNetwork: true, hostPID: true, hostIPC: true, volumes: [{ name: 'h', hostPath: { path: '/' } }] },
      ),
      'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true), hostPath volumes (volume "h"), hostPort (container "c" uses hostPort 1)',
    ],
    [
      'host processes',
      'baseline',
      pod({}, { runtimeClassName: 'fast' }),
      'process runtime (pod must not set runtimeClassName="fast", whose containers are processes of the node)',
    ],
    [
      'capabilities',
      'baseline',
      pod({ securityContext: { capabilities: { add: ['NET_ADMIN', 'CHOWN'] } } }),
      'non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add)',
    ],
    [
      'pod context',
      'baseline',
      pod(
        {},
        {
          securityContext: {
            sysctls: [{ name: 'kernel.msgmax', value: '1' }],
            seccompProfile: { type: 'Unconfined' },
            seLinuxOptions: { type: 'x', user: 'u' },
          },
        },
      ),
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x"; user may not be set), seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined"), forbidden sysctls (kernel.msgmax)',
    ],
    [
      'plain',
      'restricted',
      pod(),
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
    [
      'root',
      'restricted',
      pod({ securityContext: hardened }, { securityContext: { ...safe, runAsUser: 0 } }),
      'runAsUser=0 (pod must not set runAsUser=0)',
    ],
    [
      'volume',
      'restricted',
      pod(
        { securityContext: hardened },
        {
          securityContext: safe,
          volumes: [
            { name: 'n', nfs: {} },
            { name: 'e', emptyDir: {} },
          ],
        },
      ),
      'restricted volume types (volume "n" uses restricted volume type "nfs")',
    ],
  ];
  const world = (labels: object): Record<string, object[]> => ({
    namespaces: [{ metadata: { name: 'n', labels } }],
    runtimeclasses: [
      { metadata: { name: 'fast' }, handler: 'process' },
      { metadata: { name: 'other' }, handler: 'runc' },
    ],
  });
  const label = 'pod-security.kubernetes.io/enforce';

  for (const [name, level, object, why] of cases) {
    it(`of level ${level} refuses: ${name}`, async () => {
      const stored = world({ [label]: level, [`${label}-version`]: 'v1.36' });
      await assert.rejects(admitted({ resource: 'pods', object, stored }), {
        code: 403,
        message: `pods "p" is forbidden: violates PodSecurity "${level}:v1.36": ${why}`,
      });
    });
  }

  it('lets a hardened Pod in, by whatever runtime it runs', async () => {
    const object = pod({ securityContext: hardened }, { securityContext: safe, runtimeClassName: 'other' });
    await admitted({ resource: 'pods', object, stored: world({ [label]: 'restricted' }) });
  });

  it('warns about Pods and about templates', async () => {
    const stored = world({ 'pod-security.kubernetes.io/warn': 'baseline' });
    const bad = pod({ securityContext: { privileged: true } });
    const text =
      'would violate PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)';
    assert.deepEqual((await admitted({ resource: 'pods', object: bad, stored })).warnings, [text]);
    const deployment = { kind: 'Deployment', metadata: { name: 'd' }, spec: { template: bad } };
    assert.deepEqual(
      (await admitted({ group: 'apps', resource: 'deployments', object: deployment, stored })).warnings,
      [text],
    );
  });

  it('refuses labels that mean nothing', async () => {
    const object = { metadata: { name: 'x', labels: { [label]: 'tight' } } };
    await assert.rejects(admitted({ resource: 'namespaces', object }), {
      code: 422,
      message: `Namespace "x" is invalid: metadata.labels[${label}]: Invalid value: "tight": must be one of privileged, baseline, restricted`,
    });
  });
});
