/** What is wrong with the volumes of a Pod. API: exactly one source each. */
import { duplicate, type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import type { Volume } from '../../api/pod.ts';
import { parseQuantity } from '../../api/quantity.ts';
import type {
  AzureDiskVolumeSource,
  CSIVolumeSource,
  EphemeralVolumeSource,
  FCVolumeSource,
} from '../../api/volume-source.ts';
import { named, oneOf } from '../field-checks.ts';
import { noDotDot } from '../storage/paths.ts';
import { validateClaimSpec } from '../storage/validate-claim.ts';
import { driverName } from '../storage/validate-csi.ts';
import { fileMode, validateDownwardFile, validateItem } from './validate-file.ts';
import { validateProjected } from './validate-projected.ts';

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

type Check = (volume: Volume, path: string, errors: FieldError[]) => void;

function fields(source: keyof Volume, ...names: string[]): Check {
  return (volume, path, errors) => {
    const value = volume[source] as Record<string, unknown>;
    for (const name of names) {
      const field = value[name];
      if (!field || (Array.isArray(field) && field.length === 0)) errors.push(required(`${path}.${name}`));
    }
  };
}

function validateAzureDisk(disk: AzureDiskVolumeSource, path: string, errors: FieldError[]): void {
  if (!disk.diskName) errors.push(required(`${path}.diskName`));
  if (!disk.diskURI) errors.push(required(`${path}.diskURI`));
  if (disk.cachingMode !== undefined) {
    oneOf(disk.cachingMode, ['None', 'ReadOnly', 'ReadWrite'], `${path}.cachingMode`, errors);
  }
  const managed = disk.kind === 'Managed';
  if (disk.diskURI && !disk.diskURI.startsWith(managed ? '/subscriptions' : 'https://')) {
    const form = managed
      ? '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
      : 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
    oneOf(disk.diskURI, [form], `${path}.diskURI`, errors);
  }
}

function validateFc(fc: FCVolumeSource, path: string, errors: FieldError[]): void {
  const both = Boolean(fc.targetWWNs?.length) === Boolean(fc.wwids?.length);
  if (both) errors.push(required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'));
  else if (fc.targetWWNs?.length && (fc.lun === undefined || fc.lun < 0 || fc.lun > 255)) {
    errors.push(invalid(`${path}.lun`, fc.lun, 'must be between 0 and 255, inclusive'));
  }
}

/** Sources in the order Kubernetes looks at them, and what each must hold. */
const sources: readonly (readonly [keyof Volume, Check])[] = [
  [
    'emptyDir',
    (volume, path, errors) => {
      const limit = volume.emptyDir?.sizeLimit;
      if (limit !== undefined && (parseQuantity(limit) ?? 0) < 0) {
        errors.push(forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
      }
    },
  ],
  [
    'hostPath',
    (volume, path, errors) => {
      const host = volume.hostPath?.path ?? '';
      if (host === '') errors.push(required(`${path}.path`));
      else noDotDot(host, `${path}.path`, errors);
      if (volume.hostPath?.type) oneOf(volume.hostPath.type, hostPathTypes, `${path}.type`, errors);
    },
  ],
  ['gitRepo', fields('gitRepo', 'repository')],
  ['gcePersistentDisk', fields('gcePersistentDisk', 'pdName')],
  ['awsElasticBlockStore', fields('awsElasticBlockStore', 'volumeID')],
  [
    'secret',
    (volume, path, errors) => {
      if (!volume.secret?.secretName) errors.push(required(`${path}.secretName`));
      fileMode(volume.secret?.defaultMode, `${path}.defaultMode`, errors);
      volume.secret?.items?.forEach((item, index) => {
        validateItem(item, `${path}.items[${index}]`, errors);
      });
    },
  ],
  [
    'nfs',
    (volume, path, errors) => {
      const { server, path: exported } = (volume.nfs ?? {}) as { server?: string; path?: string };
      if (!server) errors.push(required(`${path}.server`));
      if (!exported) errors.push(required(`${path}.path`));
      else if (!exported.startsWith('/')) errors.push(invalid(`${path}.path`, exported, 'must be an absolute path'));
    },
  ],
  [
    'iscsi',
    (volume, path, errors) => {
      const { targetPortal, iqn } = (volume.iscsi ?? {}) as { targetPortal?: string; iqn?: string };
      if (!targetPortal) errors.push(required(`${path}.targetPortal`));
      if (!iqn) errors.push(required(`${path}.iqn`));
      else if (!/^(iqn|eui|naa)\./.test(iqn)) errors.push(invalid(`${path}.iqn`, iqn, 'must be valid format'));
    },
  ],
  ['glusterfs', fields('glusterfs', 'endpoints', 'path')],
  ['flocker', fields('flocker', 'datasetName')],
  ['persistentVolumeClaim', fields('persistentVolumeClaim', 'claimName')],
  ['rbd', fields('rbd', 'monitors', 'image')],
  ['cinder', fields('cinder', 'volumeID')],
  ['cephfs', fields('cephfs', 'monitors')],
  ['quobyte', fields('quobyte', 'registry', 'volume')],
  [
    'downwardAPI',
    (volume, path, errors) => {
      fileMode(volume.downwardAPI?.defaultMode, `${path}.defaultMode`, errors);
      for (const file of volume.downwardAPI?.items ?? []) validateDownwardFile(file, path, errors);
    },
  ],
  ['fc', (volume, path, errors) => validateFc(volume.fc as FCVolumeSource, path, errors)],
  ['flexVolume', fields('flexVolume', 'driver')],
  [
    'configMap',
    (volume, path, errors) => {
      if (!volume.configMap?.name) errors.push(required(`${path}.name`));
      fileMode(volume.configMap?.defaultMode, `${path}.defaultMode`, errors);
      volume.configMap?.items?.forEach((item, index) => {
        validateItem(item, `${path}.items[${index}]`, errors);
      });
    },
  ],
  ['azureFile', fields('azureFile', 'secretName', 'shareName')],
  ['vsphereVolume', fields('vsphereVolume', 'volumePath')],
  ['photonPersistentDisk', fields('photonPersistentDisk', 'pdID')],
  ['portworxVolume', fields('portworxVolume', 'volumeID')],
  [
    'azureDisk',
    (volume, path, errors) => validateAzureDisk(volume.azureDisk as unknown as AzureDiskVolumeSource, path, errors),
  ],
  ['storageos', fields('storageos', 'volumeName')],
  [
    'projected',
    (volume, path, errors) => {
      if (volume.projected) validateProjected(volume.projected, path, errors);
    },
  ],
  ['scaleIO', fields('scaleIO', 'gateway', 'system', 'volumeName')],
  [
    'csi',
    (volume, path, errors) => {
      const csi = volume.csi as unknown as CSIVolumeSource;
      driverName(csi.driver, `${path}.driver`, errors);
      const ref = csi.nodePublishSecretRef;
      if (ref === undefined) return;
      if (!ref.name) errors.push(required(`${path}.nodePublishSecretRef.name`));
      else named(isDns1123Subdomain, ref.name, `${path}.nodePublishSecretRef.name`, errors);
    },
  ],
  [
    'ephemeral',
    (volume, path, errors) => {
      const template = (volume.ephemeral as EphemeralVolumeSource | undefined)?.volumeClaimTemplate;
      if (template === undefined) errors.push(required(`${path}.volumeClaimTemplate`));
      else validateClaimSpec(template.spec ?? {}, `${path}.volumeClaimTemplate.spec`, errors);
    },
  ],
  [
    'image',
    (volume, path, errors) => {
      if (!volume.image?.reference) errors.push(required(`${path}.reference`));
      const policies = ['Always', 'IfNotPresent', 'Never'];
      if (volume.image?.pullPolicy) oneOf(volume.image.pullPolicy, policies, `${path}.pullPolicy`, errors);
    },
  ],
];

function validateSource(volume: Volume, path: string, errors: FieldError[]): void {
  let count = 0;
  for (const [source, check] of sources) {
    if (volume[source] === undefined) continue;
    if (count++ > 0) errors.push(forbiddenField(`${path}.${source}`, 'may not specify more than 1 volume type'));
    else check(volume, `${path}.${source}`, errors);
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
}

/** The volumes of a Pod at `path`. Answers those that containers can mount. */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  path: string,
  errors: FieldError[],
): Map<string, Volume> {
  const known = new Map<string, Volume>();
  const names = new Set<string>();
  volumes?.forEach((volume, index) => {
    const at = `${path}[${index}]`;
    const before = errors.length;
    validateSource(volume, at, errors);
    if (!volume.name) errors.push(required(`${at}.name`));
    else named(isDns1123Label, volume.name, `${at}.name`, errors);
    if (names.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name));
    if (errors.length === before) {
      names.add(volume.name);
      known.set(volume.name, volume);
    }
  });
  return known;
}
