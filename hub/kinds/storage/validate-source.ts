/** What is wrong with the sources of volumes that Pods and PersistentVolumes share: drivers that are part of Kubernetes. */
import { type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import { isDns1123Label } from '../../api/names.ts';
import { named } from '../field-checks.ts';

/** API: characters of a volume's name and its portal. */
const longestDevice = 64;
/** The text of those that are longer. */
export const longDeviceText =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

type Fields = Readonly<Record<string, unknown>>;

/** Looks at one source; `path` is where its faults are told. */
export type SourceCheck = (source: Fields, path: string, errors: FieldError[]) => void;

const text = (source: Fields, field: string): string => String(source[field] ?? '');

/** Fields that must hold something. */
export function mustHave(...names: string[]): SourceCheck {
  return (source, path, errors) => {
    for (const name of names) {
      const value = source[name];
      if (!value || (Array.isArray(value) && value.length === 0)) errors.push(required(`${path}.${name}`));
    }
  };
}

const all =
  (...checks: SourceCheck[]): SourceCheck =>
  (source, path, errors) => {
    for (const check of checks) check(source, path, errors);
  };

/** API: the range the text names is not the one that is asked for. */
const partition: SourceCheck = ({ partition: number }, path, errors) => {
  if (typeof number !== 'number' || (number >= 0 && number <= 255)) return;
  errors.push(invalid(`${path}.partition`, number, 'must be between 1 and 255, inclusive'));
};

/** API: the disk of Google's is told of by another name than its field has. */
const googleDisk: SourceCheck = (source, path, errors) => {
  const at = path.replace(/gcePersistentDisk$/, 'persistentDisk');
  all(mustHave('pdName'), partition)(source, at, errors);
};

const nfs: SourceCheck = (source, path, errors) => {
  mustHave('server', 'path')(source, path, errors);
  const exported = text(source, 'path');
  if (!exported.startsWith('/')) errors.push(invalid(`${path}.path`, exported, 'must be an absolute path'));
};

const quobyte: SourceCheck = (source, path, errors) => {
  const why = 'must be a host:port pair or multiple pairs separated by commas';
  const registry = text(source, 'registry');
  if (registry === '') errors.push(required(`${path}.registry`, why));
  else if (text(source, 'tenant').length > 64) {
    errors.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  } else {
    for (const pair of registry.split(',')) {
      if (!/^(?:[^:]*|\[[^\]]*\]):[^:]*$/.test(pair)) errors.push(invalid(`${path}.registry`, registry, why));
    }
  }
  mustHave('volume')(source, path, errors);
};

const flocker: SourceCheck = (source, path, errors) => {
  const name = text(source, 'datasetName');
  const uuid = text(source, 'datasetUUID');
  if (name === '' && uuid === '') errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  if (name !== '' && uuid !== '') {
    errors.push(invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  }
  if (name.includes('/')) errors.push(invalid(`${path}.datasetName`, name, "must not contain '/'"));
};

const fibreChannel: SourceCheck = ({ targetWWNs: targets = [], wwids = [], lun }, path, errors) => {
  const [names, identifiers] = [targets as string[], wwids as string[]];
  if (names.length === 0 && identifiers.length === 0) {
    errors.push(required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (names.length > 0 && identifiers.length > 0) {
    errors.push(invalid(`${path}.targetWWNs`, names, 'targetWWNs and wwids can not be specified simultaneously'));
  }
  if (names.length === 0) return;
  if (lun === undefined) errors.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'));
  else if ((lun as number) < 0 || (lun as number) > 255) {
    errors.push(invalid(`${path}.lun`, lun, 'must be between 0 and 255, inclusive'));
  }
};

const flexVolume: SourceCheck = (source, path, errors) => {
  mustHave('driver')(source, path, errors);
  for (const key in source['options'] as object | undefined) {
    const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : key;
    if (!/\.(kubernetes|k8s)\.io$/.test(`.${domain.toLowerCase()}`)) continue;
    errors.push(invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'));
  }
};

const azureDisk: SourceCheck = (source, path, errors) => {
  mustHave('diskName', 'diskURI')(source, path, errors);
  const { cachingMode, kind } = source;
  const listed = (value: unknown, field: string, allowed: string[]): void => {
    if (value === undefined || allowed.includes(value as string)) return;
    errors.push(notSupported(`${path}.${field}`, value as string, allowed));
  };
  listed(cachingMode, 'cachingMode', ['None', 'ReadOnly', 'ReadWrite']);
  listed(kind, 'kind', ['Dedicated', 'Managed', 'Shared']);
  if (kind === undefined) return;
  const uri = text(source, 'diskURI');
  const managed = kind === 'Managed';
  if (uri.startsWith(managed ? '/subscriptions/' : 'https://')) return;
  const form = managed
    ? '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
    : 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  errors.push(notSupported(`${path}.diskURI`, uri, [form]));
};

const storageos: SourceCheck = (source, path, errors) => {
  mustHave('volumeName')(source, path, errors);
  for (const field of ['volumeName', 'volumeNamespace']) {
    if (text(source, field) !== '') named(isDns1123Label, text(source, field), `${path}.${field}`, errors);
  }
};

/** A secret by what is told of it. */
const secret =
  (...names: string[]): SourceCheck =>
  ({ secretRef }, path, errors) => {
    if (secretRef !== undefined) mustHave(...names)(secretRef as Fields, `${path}.secretRef`, errors);
  };

const initiators: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

/** API: a name of an initiator or target. What begins otherwise than all of them has a text of its own in Pods. */
function initiatorProblem(name: string, otherwise: string): string | undefined {
  const form = initiators[name.slice(0, 3)];
  if (form === undefined) return otherwise;
  return form.test(name) ? undefined : 'must be valid format';
}

/** API: an initiator with a name of its own makes names of devices out of the volume's name and the portal. */
export function isTooLongFor(name: string, source: Fields): boolean {
  return source['initiatorName'] !== undefined && `${name}:${text(source, 'targetPortal')}`.length > longestDevice;
}

function iscsi(otherwise: string): SourceCheck {
  return (source, path, errors) => {
    mustHave('targetPortal', 'iqn')(source, path, errors);
    const names = [
      ['iqn', text(source, 'iqn')],
      ['initiatorname', source['initiatorName']],
    ] as const;
    const told = names.map(([field, name]) => {
      const problem = name ? initiatorProblem(String(name), otherwise) : undefined;
      return problem === undefined ? [] : [invalid(`${path}.${field}`, name, problem)];
    });
    errors.push(...(told[0] ?? []));
    const lun = (source['lun'] as number | undefined) ?? 0;
    if (lun < 0 || lun > 255) errors.push(invalid(`${path}.lun`, lun, 'must be between 0 and 255, inclusive'));
    const asks = source['chapAuthDiscovery'] === true || source['chapAuthSession'] === true;
    if (asks && source['secretRef'] === undefined) errors.push(required(`${path}.secretRef`));
    errors.push(...(told[1] ?? []));
  };
}

const shared = {
  gcePersistentDisk: googleDisk,
  awsElasticBlockStore: all(mustHave('volumeID'), partition),
  nfs,
  glusterfs: mustHave('endpoints', 'path'),
  flocker,
  rbd: mustHave('monitors', 'image'),
  cephfs: mustHave('monitors'),
  quobyte,
  fc: fibreChannel,
  flexVolume,
  azureFile: mustHave('secretName', 'shareName'),
  vsphereVolume: mustHave('volumePath'),
  photonPersistentDisk: mustHave('pdID'),
  portworxVolume: mustHave('volumeID'),
  azureDisk,
  scaleIO: mustHave('gateway', 'system', 'volumeName'),
} satisfies Record<string, SourceCheck>;

const volumeIn = mustHave('volumeID');

/** The sources as Pods have them: secrets are of the Pod's own namespace. */
export const podSources = {
  ...shared,
  iscsi: iscsi('must be valid format starting with iqn, eui, or naa'),
  cinder: all(volumeIn, secret('name')),
  storageos: all(storageos, secret('name')),
} satisfies Record<string, SourceCheck>;

/** API: `endpointsNamespace` and `secretNamespace` may be left out, not be empty. */
const glusterNamespace: SourceCheck = ({ endpointsNamespace: namespace }, path, errors) => {
  if (namespace === undefined) return;
  const at = `${path}.endpointsNamespace`;
  const why = 'if the endpointnamespace is set, it must be a valid namespace name';
  if (namespace === '') errors.push(invalid(at, namespace, why));
  else named(isDns1123Label, String(namespace), at, errors);
};

const azureNamespace: SourceCheck = ({ secretNamespace }, path, errors) => {
  if (secretNamespace === '') errors.push(required(`${path}.secretNamespace`));
};

/** The sources as PersistentVolumes have them: whatever is of a namespace names it. */
export const volumeSources = {
  ...shared,
  glusterfs: all(shared.glusterfs, glusterNamespace),
  azureFile: all(shared.azureFile, azureNamespace),
  iscsi: all(iscsi('must be valid format'), secret('name')),
  cinder: all(volumeIn, secret('name', 'namespace')),
  storageos: all(storageos, secret('name', 'namespace')),
} satisfies Record<string, SourceCheck>;
