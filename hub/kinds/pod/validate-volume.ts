/** What is wrong with the volumes of a Pod. API: exactly one source each. */
import { duplicate, type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import type { Volume } from '../../api/pod.ts';
import { parseQuantity } from '../../api/quantity.ts';
import type { CSIVolumeSource, EphemeralVolumeSource } from '../../api/volume-source.ts';
import { named, oneOf } from '../field-checks.ts';
import { validateTemplateMetadata } from '../nested-metadata.ts';
import { hostPathTypes, localPath, noDotDot } from '../storage/paths.ts';
import { isTooLongFor, longDeviceText, mustHave, podSources, type SourceCheck } from '../storage/validate-source.ts';
import { validateClaimSpec } from '../storage/validate-claim.ts';
import { driverName } from '../storage/validate-csi.ts';
import { fileMode, validateDownwardFile, validateItem } from './validate-file.ts';
import { validateProjected } from './validate-projected.ts';

/** Looks at the source of a volume at `path`; a template has no name yet. */
type Check = (volume: Volume, path: string, errors: FieldError[], podName: string | undefined) => void;

/** A source that is looked at on its own. */
const own =
  (source: keyof Volume, check: SourceCheck): Check =>
  (volume, path, errors) =>
    check(volume[source] as Record<string, unknown>, path, errors);

/** A driver that PersistentVolumes have too. */
const driver = (source: keyof typeof podSources): readonly [keyof Volume, Check] => [
  source,
  own(source, podSources[source]),
];

/** API: the claim is named after the Pod and the volume. */
const checkEphemeral: Check = (volume, path, errors, podName) => {
  const template = (volume.ephemeral as EphemeralVolumeSource | undefined)?.volumeClaimTemplate;
  if (template === undefined) errors.push(required(`${path}.volumeClaimTemplate`));
  else {
    validateTemplateMetadata(template.metadata, `${path}.volumeClaimTemplate.metadata`, errors);
    validateClaimSpec(template.spec ?? {}, `${path}.volumeClaimTemplate.spec`, errors);
  }
  if (!podName || !volume.name) return;
  const claim = `${podName}-${volume.name}`;
  for (const problem of isDns1123Subdomain(claim)) {
    const field = `${path.slice(0, path.lastIndexOf('.'))}.name`;
    errors.push(invalid(field, volume.name, `PVC name ${JSON.stringify(claim)}: ${problem}`));
  }
};

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
  [
    'gitRepo',
    (volume, path, errors) => {
      const { repository, directory = '' } = volume.gitRepo as { repository?: string; directory?: string };
      if (!repository) errors.push(required(`${path}.repository`));
      localPath(directory, `${path}.directory`, errors);
    },
  ],
  driver('gcePersistentDisk'),
  driver('awsElasticBlockStore'),
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
  driver('nfs'),
  driver('iscsi'),
  driver('glusterfs'),
  driver('flocker'),
  ['persistentVolumeClaim', own('persistentVolumeClaim', mustHave('claimName'))],
  driver('rbd'),
  driver('cinder'),
  driver('cephfs'),
  driver('quobyte'),
  [
    'downwardAPI',
    (volume, path, errors) => {
      fileMode(volume.downwardAPI?.defaultMode, `${path}.defaultMode`, errors);
      for (const file of volume.downwardAPI?.items ?? []) validateDownwardFile(file, path, errors);
    },
  ],
  driver('fc'),
  driver('flexVolume'),
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
  driver('azureFile'),
  driver('vsphereVolume'),
  driver('photonPersistentDisk'),
  driver('portworxVolume'),
  driver('azureDisk'),
  driver('storageos'),
  [
    'projected',
    (volume, path, errors) => {
      if (volume.projected) validateProjected(volume.projected, path, errors);
    },
  ],
  driver('scaleIO'),
  [
    'csi',
    (volume, path, errors) => {
      const csi = volume.csi as unknown as CSIVolumeSource;
      driverName(csi.driver, `${path}.driver`, errors);
      const ref = csi.nodePublishSecretRef;
      if (ref === undefined) return;
      if (!ref.name) errors.push(required(`${path}.nodePublishSecretRef.name`));
      // API: a name that is none is told of the driver
      else named(isDns1123Subdomain, ref.name, `${path}.name`, errors);
    },
  ],
  ['ephemeral', checkEphemeral],
  [
    'image',
    (volume, path, errors) => {
      if (!volume.image?.reference) errors.push(required(`${path}.reference`));
      const policies = ['Always', 'IfNotPresent', 'Never'];
      if (volume.image?.pullPolicy) oneOf(volume.image.pullPolicy, policies, `${path}.pullPolicy`, errors);
    },
  ],
];

/** API: what these are told as when they are one too many. */
const toldAs: Partial<Record<keyof Volume, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

function validateSource(volume: Volume, path: string, podName: string | undefined, errors: FieldError[]): void {
  let count = 0;
  for (const [source, check] of sources) {
    if (volume[source] === undefined) continue;
    if (count++ > 0) {
      const field = toldAs[source] ?? source;
      errors.push(forbiddenField(`${path}.${field}`, 'may not specify more than 1 volume type'));
    } else check(volume, `${path}.${source}`, errors, podName);
  }
  if (volume.iscsi !== undefined && isTooLongFor(volume.name ?? '', volume.iscsi)) {
    errors.push(invalid(`${path}.name`, volume.name, longDeviceText));
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
}

/** The volumes of a Pod at `path`; a template has no name. Answers those that containers can mount. */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  path: string,
  podName: string | undefined,
  errors: FieldError[],
): Map<string, Volume> {
  const known = new Map<string, Volume>();
  const names = new Set<string>();
  volumes?.forEach((volume, index) => {
    const at = `${path}[${index}]`;
    const before = errors.length;
    validateSource(volume, at, podName, errors);
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
