/** What is wrong with the environment of a container. */
import type {
  ContainerResizePolicy,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '../../api/container.ts';
import { duplicate, type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { configKeyErrors } from '../config/data-keys.ts';
import { named, requiredOneOf } from '../field-checks.ts';

const printable = /^[ -<>-~]+$/;
const nameText = "a valid environment variable name must consist only of printable ASCII characters other than '='";

/** What the downward API knows of a Pod, as names of `fieldRef.fieldPath`. */
const known = new Set([
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.serviceAccountName',
  'spec.schedulerName',
  'spec.host',
  'status.phase',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]);

/** Fields an environment variable may take. */
const inEnvironment = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Fields a file of a downward volume may take. */
const inVolumes = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];

const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const hugePages = /^(limits|requests)\.hugepages-/;
const subscripted = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/;

/** A field of the Pod, named for an environment variable or for a file. */
export function validateFieldRef(
  ref: ObjectFieldSelector,
  path: string,
  where: 'environment' | 'volume',
  errors: FieldError[],
): void {
  if (!ref.apiVersion) errors.push(required(`${path}.apiVersion`));
  else if (!ref.fieldPath) errors.push(required(`${path}.fieldPath`));
  else validateFieldPath(ref, path, where === 'environment' ? inEnvironment : inVolumes, errors);
}

function validateFieldPath(
  ref: ObjectFieldSelector,
  path: string,
  allowed: readonly string[],
  errors: FieldError[],
): void {
  const field = ref.fieldPath;
  const fail = (why: string): void => {
    errors.push(invalid(`${path}.fieldPath`, field, `error converting fieldPath: ${why}`));
  };
  if (ref.apiVersion !== 'v1') {
    fail(`unsupported pod version: ${ref.apiVersion}`);
    return;
  }
  const [, map, key = ''] = subscripted.exec(field) ?? [];
  if (map !== undefined) {
    const name = map === 'metadata.annotations' ? key.toLowerCase() : key;
    for (const problem of labelKeyErrors(name)) errors.push(invalid(path, key, problem));
  } else if (!known.has(field)) fail(`field label not supported: ${field}`);
  else if (!allowed.includes(field)) errors.push(notSupported(`${path}.fieldPath`, field, allowed));
}

const coarse = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** Resources that can be told in other units, as errors name them. */
const divided: Readonly<Record<string, string>> = {
  cpu: 'cpu',
  memory: 'memory',
  'ephemeral-storage': 'local ephemeral storage',
};

function validateDivisor(ref: ResourceFieldSelector, path: string, errors: FieldError[]): void {
  const { divisor, resource = '' } = ref;
  if (divisor === undefined || divisor === '0') return;
  const name = hugePages.test(resource) ? 'hugepages' : divided[resource.replace(/^(limits|requests)\./, '')];
  if (name === undefined || !/^(limits|requests)\./.test(resource)) return;
  const allowed = name === 'cpu' ? ['1m', '1'] : coarse;
  if (allowed.includes(divisor)) return;
  const list = name === 'cpu' ? '1m and 1' : coarse.join(', ');
  errors.push(
    invalid(`${path}.divisor`, resource, `only divisor's values ${list} are supported with the ${name} resource`),
  );
}

/** A request or limit of a container, named for an environment variable or for a file. */
export function validateResourceRef(
  ref: ResourceFieldSelector,
  path: string,
  file: boolean,
  errors: FieldError[],
): void {
  if (file && !ref.containerName) errors.push(required(`${path}.containerName`));
  else if (!ref.resource) errors.push(required(`${path}.resource`));
  else if (!resources.includes(ref.resource) && !hugePages.test(ref.resource)) {
    errors.push(notSupported(`${path}.resource`, ref.resource, resources));
  }
  validateDivisor(ref, path, errors);
}

function validateKeyRef(ref: { name?: string; key: string }, path: string, errors: FieldError[]): void {
  named(isDns1123Subdomain, ref.name ?? '', `${path}.name`, errors);
  if (!ref.key) errors.push(required(`${path}.key`));
  else named(configKeyErrors, ref.key, `${path}.key`, errors);
}

function validateSource(one: EnvVar, source: EnvVarSource, path: string, errors: FieldError[]): void {
  let count = 0;
  if (source.fieldRef) {
    count++;
    validateFieldRef(source.fieldRef, `${path}.fieldRef`, 'environment', errors);
  }
  if (source.resourceFieldRef) {
    count++;
    validateResourceRef(source.resourceFieldRef, `${path}.resourceFieldRef`, false, errors);
  }
  for (const field of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const ref = source[field];
    if (!ref) continue;
    count++;
    validateKeyRef(ref, `${path}.${field}`, errors);
  }
  if (source.fileKeyRef) count++;
  if (count === 0) {
    const why = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    errors.push(invalid(path, '', why));
  }
  if (one.value) {
    if (count > 0) errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  } else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
}

/** Environment variables at `path`. */
export function validateEnv(env: readonly EnvVar[], path: string, errors: FieldError[]): void {
  env.forEach((one, index) => {
    if (!one.name) errors.push(required(`${path}[${index}].name`));
    else if (!printable.test(one.name)) errors.push(invalid(`${path}[${index}].name`, one.name, nameText));
    if (one.valueFrom) validateSource(one, one.valueFrom, `${path}[${index}].valueFrom`, errors);
  });
}

/** Whole ConfigMaps and Secrets taken into the environment, at `path`. */
export function validateEnvFrom(sources: readonly EnvFromSource[], path: string, errors: FieldError[]): void {
  sources.forEach((source, index) => {
    const at = `${path}[${index}]`;
    if (source.prefix && !printable.test(source.prefix)) errors.push(invalid(`${at}.prefix`, source.prefix, nameText));
    let count = 0;
    for (const field of ['configMapRef', 'secretRef'] as const) {
      const ref = source[field];
      if (!ref) continue;
      count++;
      if (!ref.name) errors.push(required(`${at}.${field}.name`));
      else named(isDns1123Subdomain, ref.name, `${at}.${field}.name`, errors);
    }
    if (count === 0) errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  });
}

/** What happens to a container when its resources change, at `path`. `neverRestarts`: its Pod's containers run once. */
export function validateResizePolicy(
  policies: readonly ContainerResizePolicy[],
  path: string,
  neverRestarts: boolean,
  errors: FieldError[],
): void {
  const names = new Set<string>();
  policies.forEach(({ resourceName, restartPolicy }, index) => {
    if (names.has(resourceName)) errors.push(duplicate(`${path}[${index}]`, resourceName));
    names.add(resourceName);
    requiredOneOf(resourceName, ['cpu', 'memory'], path, errors);
    requiredOneOf(restartPolicy, ['NotRequired', 'RestartContainer'], path, errors);
    if (neverRestarts && restartPolicy !== 'NotRequired') {
      const why = "must be 'NotRequired' when `restartPolicy` is 'Never'";
      errors.push(invalid(path, restartPolicy, why));
    }
  });
}
