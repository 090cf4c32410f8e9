/** What is wrong with volumes of Pods that are made of several parts, with volumes beyond their source, and attachments. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from './made.ts';

type Cases = readonly (readonly [object, readonly string[]])[];

const pod = (volume: object) => ({
  spec: { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', ...volume }] },
});

test('a volume of a Pod is made of parts that go together', () => {
  const at = 'spec.volumes[0]';
  const cases: Cases = [
    [
      { emptyDir: {}, cephfs: { monitors: ['m'] } },
      [`${at}.cephFS: Forbidden: may not specify more than 1 volume type`],
    ],
    [
      {
        ephemeral: {
          volumeClaimTemplate: {
            metadata: { name: 'n', labels: { a: 'b' } },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } },
          },
        },
      },
      [`${at}.ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set`],
    ],
    [
      { projected: { sources: [{ secret: { name: 's' }, configMap: { name: 'c' } }] } },
      [`${at}.projected.sources[0]: Forbidden: may not specify more than 1 volume type`],
    ],
    [
      { projected: { sources: [{ clusterTrustBundle: { path: '../a' } }] } },
      [
        `${at}.projected.sources[0].clusterTrustBundlePEM: Required value: either name or signerName must be specified`,
        `${at}.projected.sources[0].clusterTrustBundlePEM.path: Invalid value: "../a": must not contain '..'`,
      ],
    ],
  ];
  for (const [volume, expected] of cases) assert.deepEqual(faults('', 'Pod', pod(volume)), expected);
});

const volume = (spec: object) => ({
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...spec },
});

test('a PersistentVolume says how much, for whom, and where its secrets are', () => {
  const cases: Cases = [
    [{ hostPath: { path: '/x' } }, []],
    [{ hostPath: { path: '/x' }, flexVolume: { driver: 'd' } }, []],
    [
      { hostPath: { path: '/x' }, cephfs: { monitors: [] } },
      ['spec.cephFS: Forbidden: may not specify more than 1 volume type'],
    ],
    [{ cinder: { volumeID: 'i', secretRef: { name: 'n' } } }, ['spec.cinder.secretRef.namespace: Required value']],
    [
      { azureFile: { secretName: 's', shareName: 'h', secretNamespace: '' } },
      ['spec.azureFile.secretNamespace: Required value'],
    ],
    [
      { capacity: { storage: '-1' }, hostPath: { path: '/x' } },
      [
        'spec.capacity[storage]: Invalid value: -1: must be a valid resource quantity',
        'spec.capacity[storage]: Invalid value: "-1": must be greater than zero',
      ],
    ],
    [
      { csi: { driver: 'd.io', volumeHandle: 'h', nodeStageSecretRef: {}, nodeExpandSecretRef: { name: 'a' } } },
      ['spec.csi.nodeExpandSecretRef.namespace: Required value'],
    ],
    [
      { accessModes: ['ReadWriteOncePod', 'Foo'], hostPath: { path: '/x' } },
      [
        'spec.accessModes: Unsupported value: "Foo": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      ],
    ],
  ];
  for (const [spec, expected] of cases) assert.deepEqual(faults('', 'PersistentVolume', volume(spec)), expected);
});

test('an attachment says which volume, or what of one that is there while it is attached', () => {
  const csi = { driver: 'd.io', volumeHandle: 'h' };
  const inline = (spec: object) => ({ inlineVolumeSpec: { accessModes: ['ReadWriteOnce'], csi, ...spec } });
  const at = 'spec.source.inlineVolumeSpec';
  const cases: Cases = [
    [inline({}), []],
    [{ persistentVolumeName: 'p' }, []],
    [
      inline({ capacity: { storage: '1' }, storageClassName: 's', volumeMode: 'Block' }),
      [
        `${at}.capacity: Forbidden: may not be specified in the context of inline volumes`,
        `${at}.storageClassName: Forbidden: may not be specified in the context of inline volumes`,
        `${at}.volumeMode: Forbidden: may not specify volumeMode other than Filesystem in the context of inline volumes`,
      ],
    ],
    [
      { persistentVolumeName: 'p', ...inline({}) },
      ['spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
    ],
  ];
  for (const [source, expected] of cases) {
    const spec = { attacher: 'd.io', nodeName: 'n', source };
    assert.deepEqual(faults('storage.k8s.io', 'VolumeAttachment', { spec }), expected);
  }
});
