/** Storage kinds, as API objects. */
import { crud, type Kind } from '../crud.ts';
import { conformance } from '../suite.ts';

const storage = { group: 'storage.k8s.io', version: 'v1', namespaced: false };

const drivers: Kind = {
  ...storage,
  resource: 'csidrivers',
  kind: 'CSIDriver',
  body: () => ({ spec: { attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: ['Ephemeral'] } }),
  change(object) {
    object['spec'].podInfoOnMount = false;
  },
};

const nodes: Kind = {
  ...storage,
  resource: 'csinodes',
  kind: 'CSINode',
  body: (n) => ({ spec: { drivers: [{ name: 'driver.example.com', nodeID: `node-${n}`, topologyKeys: ['zone'] }] } }),
};

const capacities: Kind = {
  ...storage,
  resource: 'csistoragecapacities',
  kind: 'CSIStorageCapacity',
  namespaced: true,
  body: () => ({ storageClassName: 'shared', capacity: '1Gi', nodeTopology: { matchLabels: { zone: 'a' } } }),
  change(object) {
    object['capacity'] = '2Gi';
  },
};

const classes: Kind = {
  ...storage,
  resource: 'storageclasses',
  kind: 'StorageClass',
  body: () => ({
    provisioner: 'e2e-fake-provisioner',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    parameters: { type: 'x' },
  }),
  change(object) {
    object['allowVolumeExpansion'] = true;
  },
};

const attributes: Kind = {
  ...storage,
  resource: 'volumeattributesclasses',
  kind: 'VolumeAttributesClass',
  body: () => ({ driverName: 'e2e-fake-csi.example.com', parameters: { iops: '100' } }),
};

const attachments: Kind = {
  ...storage,
  resource: 'volumeattachments',
  kind: 'VolumeAttachment',
  body: (n) => ({
    spec: { attacher: 'e2e-test', nodeName: 'some-node', source: { persistentVolumeName: `volume-${n}` } },
  }),
};

conformance('[sig-storage] csi_inline.go: CSIDriver lifecycle', (cluster) => crud(cluster, drivers));
conformance('[sig-storage] csi_node.go: CSINode lifecycle', (cluster) => crud(cluster, nodes));
conformance('[sig-storage] csistoragecapacity.go: CSIStorageCapacity API', (cluster) => crud(cluster, capacities));
conformance('[sig-storage] storageclass.go: StorageClass lifecycle', (cluster) => crud(cluster, classes));
conformance('[sig-storage] volumeattributesclass.go: VolumeAttributesClass lifecycle', (cluster) =>
  crud(cluster, attributes),
);
conformance('[sig-storage] volume_attachment.go: VolumeAttachment lifecycle', (cluster) => crud(cluster, attachments));
conformance('[sig-storage] volume_attachment.go: VolumeAttachment status', (cluster) =>
  crud(cluster, { ...attachments, subresources: { status: [{ attached: true }, { attached: false }] } }),
);
