/** Nodes of the population, with their Leases. */
import { born, deploymentName, entry, fields, nodeName, type Stored, uidOf } from './stored.ts';

const room = { cpu: '32', 'ephemeral-storage': '98831908Ki', memory: '131072Mi', pods: '110' };

/** A Node; `now` is when its kubelet was last heard of. */
export function node(index: number, now: string): Stored {
  const name = nodeName(index);
  const labels = {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/hostname': name,
    'topology.kubernetes.io/zone': `zone-${index % 3}`,
  };
  const heard = (type: string, status: string, reason: string): object => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: born,
    reason,
    message: `kubelet: ${reason}`,
  });
  const cidr = `10.${32 + (index >> 8)}.${index & 255}.0/24`;
  return {
    key: `core/nodes//${name}`,
    object: {
      kind: 'Node',
      apiVersion: 'v1',
      metadata: {
        name,
        uid: uidOf(`node ${name}`),
        creationTimestamp: born,
        labels,
        managedFields: [
          entry('kubelet', 'v1', { 'f:metadata': { 'f:labels': { '.': {}, ...fields(...Object.keys(labels)) } } }),
          entry('kubelet', 'v1', { 'f:status': fields('conditions', 'images', 'capacity', 'allocatable') }, 'status'),
        ],
      },
      spec: { podCIDR: cidr, podCIDRs: [cidr] },
      status: {
        capacity: room,
        allocatable: room,
        conditions: [
          heard('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
          heard('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
          heard('PIDPressure', 'False', 'KubeletHasSufficientPID'),
          heard('Ready', 'True', 'KubeletReady'),
        ],
        addresses: [
          { type: 'InternalIP', address: `192.0.${index >> 8}.${index & 255}` },
          { type: 'Hostname', address: name },
        ],
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
        nodeInfo: {
          machineID: uidOf(`machine ${name}`).replaceAll('-', ''),
          systemUUID: uidOf(`system ${name}`),
          bootID: uidOf(`boot ${name}`),
          kernelVersion: '6.1.0-25-amd64',
          osImage: 'Debian GNU/Linux 12 (bookworm)',
          containerRuntimeVersion: 'containerd://1.6.20',
          kubeletVersion: 'v1.36.0',
          kubeProxyVersion: 'v1.36.0',
          operatingSystem: 'linux',
          architecture: 'amd64',
        },
        images: Array.from({ length: 12 }, (_, image) => ({
          names: [`registry.example.com/${deploymentName(image)}:1.4.2`],
          sizeBytes: 48_000_000 + image,
        })),
      },
    } as Stored['object'],
  };
}

/** Its Lease. */
export function lease(index: number, now: string): Stored {
  const name = nodeName(index);
  return {
    key: `coordination.k8s.io/leases/kube-node-lease/${name}`,
    object: {
      kind: 'Lease',
      apiVersion: 'coordination.k8s.io/v1',
      metadata: {
        name,
        namespace: 'kube-node-lease',
        uid: uidOf(`lease ${name}`),
        creationTimestamp: born,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: uidOf(`node ${name}`) }],
      },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: now.replace('Z', '.000000Z') },
    } as Stored['object'],
  };
}
