/** What a node does not run beside what it runs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AdmittingNode, type Refusal, refusal } from '../../../agent/pods/admission/refusal.ts';
import type { Pod, PodSpec } from '../../../hub/api/pod.ts';
import { shellPod, shellContainer } from '../../support/shell-pod.ts';

const node: AdmittingNode = {
  name: 'node1',
  labels: { disk: 'ssd' },
  taints: [],
  allocatable: { cpu: 2000, memory: 2 ** 30, pods: 3 },
  allowedSysctls: [],
};

const refused = (pod: Pod, running: Pod[] = [], change: Partial<AdmittingNode> = {}): Refusal | undefined =>
  refusal(pod, running, { ...node, ...change });

const withPort = (hostPort: number, hostIP?: string, protocol = 'TCP'): Pod => {
  const port = { containerPort: 80, hostPort, protocol, ...(hostIP === undefined ? {} : { hostIP }) };
  return shellPod({ spec: { containers: [shellContainer('sleep 1', { ports: [port] })] } });
};

const asking = (requests: Record<string, string>): Pod =>
  shellPod({ spec: { containers: [shellContainer('sleep 1', { resources: { requests } })] } });

const withSysctl = (name: string, change: Partial<PodSpec> = {}): Pod =>
  shellPod({ spec: { securityContext: { sysctls: [{ name, value: '1' }] }, ...change } });

describe('a Pod that was bound past the scheduler', () => {
  it('is let in when no host port of it is taken', () => {
    assert.equal(refused(shellPod(), [withPort(80)]), undefined);
    assert.equal(refused(withPort(81), [withPort(80), shellPod()]), undefined);
    assert.equal(refused(withPort(80, '', 'UDP'), [withPort(80)]), undefined);
    assert.equal(refused(withPort(80, '127.0.0.1'), [withPort(80, '127.0.0.2')]), undefined);
  });

  it('is refused when another one holds the port on the same address, or on all', () => {
    for (const [mine, theirs] of [
      [undefined, undefined],
      ['127.0.0.1', undefined],
      ['0.0.0.0', '127.0.0.1'],
      ['127.0.0.1', '127.0.0.1'],
    ] as const) {
      assert.equal(refused(withPort(80, mine), [withPort(80, theirs)])?.reason, 'NodePorts');
    }
  });

  it('is refused when the node has too little left of what it asks for', () => {
    assert.equal(refused(asking({ cpu: '1500m' }), [asking({ cpu: '500m' })]), undefined);
    assert.deepEqual(refused(asking({ cpu: '1501m' }), [asking({ cpu: '500m' })]), {
      reason: 'OutOfcpu',
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 1501, used: 500, capacity: 2000",
    });
    assert.equal(refused(asking({ memory: '1Gi' }), [asking({ memory: '1' })])?.reason, 'OutOfmemory');
    assert.equal(refused(shellPod(), [shellPod(), shellPod(), shellPod()])?.reason, 'OutOfpods');
    assert.equal(refused(shellPod(), [asking({ cpu: '9' })]), undefined);
  });

  it('is refused when the node is not of the kind it asks for', () => {
    assert.equal(refused(shellPod({ spec: { nodeSelector: { disk: 'ssd' } } })), undefined);
    assert.deepEqual(refused(shellPod({ spec: { nodeSelector: { disk: 'tape' } } })), {
      reason: 'NodeAffinity',
      message: 'Pod was rejected: Predicate NodeAffinity failed',
    });
    assert.equal(refused(shellPod({ spec: { os: { name: 'windows' } } }))?.reason, 'PodOSNotSupported');
  });

  it('is refused when the node drives it away, unless the node itself made it', () => {
    const taints = [{ key: 'down', effect: 'NoExecute' }];
    assert.equal(refused(shellPod(), [], { taints })?.reason, 'TaintToleration');
    const tolerant = shellPod({ spec: { tolerations: [{ key: 'down', operator: 'Exists' }] } });
    assert.equal(refused(tolerant, [], { taints }), undefined);
    const fixed = shellPod({ metadata: { annotations: { 'kubernetes.io/config.source': 'file' } } });
    assert.equal(refused(fixed, [], { taints }), undefined);
  });

  it('may set the kernel settings that are its own, and others the node allows', () => {
    assert.equal(refused(withSysctl('kernel.shm_rmid_forced')), undefined);
    assert.equal(refused(withSysctl('net/ipv4/tcp_syncookies')), undefined);
    assert.deepEqual(refused(withSysctl('kernel.msgmax')), {
      reason: 'SysctlForbidden',
      message: 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted',
    });
    assert.equal(refused(withSysctl('kernel.msgmax'), [], { allowedSysctls: ['kernel.msg*'] }), undefined);
    assert.equal(refused(withSysctl('vm.swappiness'), [], { allowedSysctls: ['vm.*'] })?.reason, 'SysctlForbidden');
    assert.equal(refused(withSysctl('net.ipv4.tcp_syncookies', { hostNetwork: true }))?.reason, 'SysctlForbidden');
  });
});
