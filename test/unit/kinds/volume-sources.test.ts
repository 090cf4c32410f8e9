/** Sources of volumes, in Pods and in PersistentVolumes: what each must hold. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faults } from './made.ts';

const container = { name: 'c', image: 'i', terminationMessagePolicy: 'File', imagePullPolicy: 'Always' };

/** What is wrong with a Pod that has such a volume, told from the volume on. */
function inPod(source: object): string[] {
  const spec = { containers: [container], volumes: [{ name: 'v', ...source }] };
  return faults('', 'Pod', { spec }).map((line) => line.replace('spec.volumes[0].', ''));
}

/** What is wrong with a PersistentVolume of such a source. */
function inVolume(source: object): string[] {
  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...source };
  return faults('', 'PersistentVolume', { metadata: { name: 'x', namespace: undefined }, spec }).map((line) =>
    line.replace('spec.', ''),
  );
}

const pair = 'must be a host:port pair or multiple pairs separated by commas';
const reserved = 'kubernetes.io and k8s.io namespaces are reserved';
const shared: [string, object, string[]][] = [
  [
    'gcePersistentDisk',
    { partition: 256 },
    [
      'persistentDisk.pdName: Required value',
      'persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive',
    ],
  ],
  ['awsElasticBlockStore', { volumeID: 'v', partition: 1 }, []],
  ['nfs', { server: 's' }, ['nfs.path: Required value', 'nfs.path: Invalid value: "": must be an absolute path']],
  ['glusterfs', {}, ['glusterfs.endpoints: Required value', 'glusterfs.path: Required value']],
  ['flocker', {}, ['flocker: Required value: one of datasetName and datasetUUID is required']],
  [
    'flocker',
    { datasetName: 'a/b', datasetUUID: 'u' },
    [
      'flocker: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously',
      'flocker.datasetName: Invalid value: "a/b": must not contain \'/\'',
    ],
  ],
  ['quobyte', { volume: 'v' }, [`quobyte.registry: Required value: ${pair}`]],
  ['quobyte', { volume: 'v', registry: 'a:1,[::1]:2' }, []],
  [
    'quobyte',
    { registry: 'a:1,b' },
    [`quobyte.registry: Invalid value: "a:1,b": ${pair}`, 'quobyte.volume: Required value'],
  ],
  ['fc', {}, ['fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both']],
  ['fc', { targetWWNs: ['a'] }, ['fc.lun: Required value: lun is required if targetWWNs is specified']],
  [
    'fc',
    { targetWWNs: ['a'], wwids: ['b'], lun: 256 },
    [
      'fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously',
      'fc.lun: Invalid value: 256: must be between 0 and 255, inclusive',
    ],
  ],
  [
    'flexVolume',
    { options: { 'a.k8s.io/b': 'c', d: 'e' } },
    ['flexVolume.driver: Required value', `flexVolume.options[a.k8s.io/b]: Invalid value: "a.k8s.io/b": ${reserved}`],
  ],
  ['azureDisk', { diskName: 'd', diskURI: '/subscriptions/x', kind: 'Managed' }, []],
  [
    'azureDisk',
    { diskName: 'd', diskURI: 'x', kind: 'Other' },
    [
      'azureDisk.kind: Unsupported value: "Other": supported values: "Dedicated", "Managed", "Shared"',
      'azureDisk.diskURI: Unsupported value: "x": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"',
    ],
  ],
  ['scaleIO', {}, ['gateway', 'system', 'volumeName'].map((field) => `scaleIO.${field}: Required value`)],
];

describe('sources of volumes', () => {
  for (const [source, fields, expected] of shared) {
    it(`${source} ${JSON.stringify(fields)}`, () => {
      assert.deepEqual(inPod({ [source]: fields }), expected);
      assert.deepEqual(inVolume({ [source]: fields }), expected);
    });
  }

  it('name secrets within a Pod, and their namespaces in a volume', () => {
    assert.deepEqual(inPod({ cinder: { volumeID: 'v', secretRef: {} } }), ['cinder.secretRef.name: Required value']);
    assert.deepEqual(inVolume({ cinder: { volumeID: 'v', secretRef: {} } }), [
      'cinder.secretRef.name: Required value',
      'cinder.secretRef.namespace: Required value',
    ]);
    assert.deepEqual(inVolume({ azureFile: { secretName: 's', shareName: 'n', secretNamespace: '' } }), [
      'azureFile.secretNamespace: Required value',
    ]);
    assert.deepEqual(inVolume({ glusterfs: { endpoints: 'e', path: 'p', endpointsNamespace: '' } }), [
      'glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it must be a valid namespace name',
    ]);
  });

  it('name initiators and targets of iSCSI in one of three ways', () => {
    const target = { targetPortal: '1.2.3.4', iqn: 'iqn.2014-12.world.server:storage.target1' };
    assert.deepEqual(inPod({ iscsi: target }), []);
    assert.deepEqual(
      inPod({ iscsi: { ...target, iqn: 'x', lun: 256, chapAuthSession: true, initiatorName: 'eui.1' } }),
      [
        'iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa',
        'iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
        'iscsi.secretRef: Required value',
        'iscsi.initiatorname: Invalid value: "eui.1": must be valid format',
      ],
    );
    const long = { ...target, targetPortal: 'p'.repeat(64), initiatorName: 'eui.0123456789abcdef' };
    const why =
      'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
    assert.deepEqual(inVolume({ iscsi: { ...long, iqn: 'x' } }), [
      'iscsi.iqn: Invalid value: "x": must be valid format',
      `iscsi.targetportal: Invalid value: ${JSON.stringify(long.targetPortal)}: ${why}`,
    ]);
    assert.deepEqual(inPod({ iscsi: long }), [`name: Invalid value: "v": ${why}`]);
  });

  it('are one only, and directories do not climb', () => {
    assert.deepEqual(inVolume({ hostPath: { path: '/a', type: 'X' }, cephfs: { monitors: ['m'] } }), [
      'hostPath.type: Unsupported value: "X": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      'cephFS: Forbidden: may not specify more than 1 volume type',
    ]);
    assert.deepEqual(inPod({ gitRepo: { repository: 'r', directory: '/../a' } }), [
      'gitRepo.directory: Invalid value: "/../a": must be a relative path',
      'gitRepo.directory: Invalid value: "/../a": must not contain \'..\'',
    ]);
  });
});
