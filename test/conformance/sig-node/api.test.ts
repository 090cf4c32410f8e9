/** Kinds around nodes and devices, as API objects. */
import { crud, type Kind } from '../crud.ts';
import { conformance } from '../suite.ts';

const leases: Kind = {
  group: 'coordination.k8s.io',
  version: 'v1',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
  body: (n) => ({
    spec: {
      holderIdentity: `holder-${n}`,
      leaseDurationSeconds: 30,
      acquireTime: '2026-01-02T03:04:05.123456Z',
      renewTime: '2026-01-02T03:04:15.654321Z',
      leaseTransitions: 0,
    },
  }),
  change(object) {
    object['spec'].holderIdentity = 'holder-new';
    object['spec'].leaseTransitions = 1;
  },
};

const runtimeClasses: Kind = {
  group: 'node.k8s.io',
  version: 'v1',
  resource: 'runtimeclasses',
  kind: 'RuntimeClass',
  namespaced: false,
  body: () => ({ handler: 'e2e-handler', overhead: { podFixed: { cpu: '10m' } } }),
};

const devices = { group: 'resource.k8s.io', version: 'v1' };
const selector = (value: string): object => ({ selectors: [{ cel: { expression: `device.driver == "${value}"` } }] });
const claimSpec = {
  devices: {
    requests: [{ name: 'req-0', exactly: { deviceClassName: 'class', allocationMode: 'ExactCount', count: 1 } }],
  },
};

const deviceClasses: Kind = {
  ...devices,
  resource: 'deviceclasses',
  kind: 'DeviceClass',
  namespaced: false,
  body: () => ({ spec: selector('one.example.com') }),
  change(object) {
    object['spec'] = selector('two.example.com');
  },
};

const allocation = (device: string): object => ({
  allocation: {
    devices: { results: [{ request: 'req-0', driver: 'driver.example.com', pool: 'pool', device }] },
    nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['x'] }] }] },
  },
});

const resourceClaims: Kind = {
  ...devices,
  resource: 'resourceclaims',
  kind: 'ResourceClaim',
  namespaced: true,
  body: () => ({ spec: claimSpec }),
  fixedMetadata: true,
  subresources: {
    status: [
      allocation('device-1'),
      {
        ...allocation('device-1'),
        reservedFor: [{ resource: 'pods', name: 'some-pod', uid: '11111111-2222-3333-4444-555555555555' }],
      },
    ],
  },
};

const resourceClaimTemplates: Kind = {
  ...devices,
  resource: 'resourceclaimtemplates',
  kind: 'ResourceClaimTemplate',
  namespaced: true,
  body: () => ({ spec: { spec: claimSpec } }),
};

const resourceSlices: Kind = {
  ...devices,
  resource: 'resourceslices',
  kind: 'ResourceSlice',
  namespaced: false,
  body: (n, unique) => ({
    spec: {
      driver: 'driver.example.com',
      pool: { name: `${unique}-${n}`, generation: 1, resourceSliceCount: 1 },
      nodeName: 'no-such-node',
      devices: [{ name: 'device-1' }],
    },
  }),
  change(object) {
    object['spec'].devices.push({ name: 'device-2' });
  },
};

conformance('[sig-node] lease.go: Lease API', (cluster) => crud(cluster, leases));
conformance('[sig-node] runtimeclass.go: RuntimeClass API', (cluster) => crud(cluster, runtimeClasses));
conformance('[sig-node] dra.go: DeviceClass CRUD', (cluster) => crud(cluster, deviceClasses));
conformance('[sig-node] dra.go: ResourceClaim CRUD', (cluster) => crud(cluster, resourceClaims));
conformance('[sig-node] dra.go: ResourceClaimTemplate CRUD', (cluster) => crud(cluster, resourceClaimTemplates));
conformance('[sig-node] dra.go: ResourceSlice CRUD', (cluster) => crud(cluster, resourceSlices));
