/** What is wrong with containers: those every Pod has, those that run first, and ports they share. */
import type { Container, ContainerPort, EphemeralContainer, VolumeMount } from '../../api/container.ts';
import { duplicate, type FieldError, forbiddenField, invalid, notFoundField, required } from '../../api/field-error.ts';
import { isDns1123Label } from '../../api/names.ts';
import type { Volume } from '../../api/pod.ts';
import { named, oneOf, portNameErrors, portNumber, requiredOneOf } from '../field-checks.ts';
import { localPath } from '../storage/paths.ts';
import { validateEnv, validateEnvFrom, validateResizePolicy } from './validate-env.ts';
import { validateLifecycle, validateReadinessProbe, validateRestartingProbe } from './validate-probe.ts';
import { validateRestart } from './validate-restart.ts';
import { validateResources } from './validate-resources.ts';
import { validateSecurityContext } from './validate-security.ts';

/** What containers may refer to, and how long the Pod has to end. */
export interface PodContext {
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claims: ReadonlySet<string>;
  readonly grace: number | undefined;
  /** False: the Pod has users of its own. */
  readonly hostUsers: boolean;
  /** True: the Pod's containers run once. */
  readonly neverRestarts: boolean;
}

const protocols = ['SCTP', 'TCP', 'UDP'];

function validatePorts(ports: readonly ContainerPort[], path: string, errors: FieldError[]): void {
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const at = `${path}[${index}]`;
    if (port.name) {
      const problems = portNameErrors(port.name);
      for (const problem of problems) errors.push(invalid(`${at}.name`, port.name, problem));
      if (problems.length === 0 && names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`));
    else portNumber(port.containerPort, `${at}.containerPort`, errors);
    if (port.hostPort) portNumber(port.hostPort, `${at}.hostPort`, errors);
    requiredOneOf(port.protocol, protocols, `${at}.protocol`, errors);
  });
}

/** Ports of the host that more than one container wants. */
function validateHostPorts(containers: readonly Container[], path: string, errors: FieldError[]): void {
  const taken = new Set<string>();
  containers.forEach((container, index) => {
    container.ports?.forEach((port, at) => {
      if (!port.hostPort) return;
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) errors.push(duplicate(`${path}[${index}].ports[${at}].hostPort`, key));
      taken.add(key);
    });
  });
}

function validateMounts(container: Container, path: string, context: PodContext, errors: FieldError[]): void {
  const paths = new Set<string>();
  const devices = container.volumeDevices ?? [];
  container.volumeMounts?.forEach((mount, index) => {
    const at = `${path}.volumeMounts[${index}]`;
    const { name = '', mountPath = '' } = mount;
    if (name === '') errors.push(required(`${at}.name`));
    if (!context.volumes.has(name)) errors.push(notFoundField(`${at}.name`, name));
    if (mountPath === '') errors.push(required(`${at}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (devices.some((device) => device.name === name)) {
      errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'));
    }
    if (devices.some((device) => device.devicePath === mountPath)) {
      errors.push(invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    }
    validateMountOptions(container, mount, path, at, errors);
  });
}

/** What a mount says beyond what and where; paths below the volume are told without an index. */
function validateMountOptions(
  container: Container,
  mount: VolumeMount,
  path: string,
  at: string,
  errors: FieldError[],
): void {
  if (mount.subPath) localPath(mount.subPath, `${path}.volumeMounts.subPath`, errors);
  if (mount.subPathExpr) {
    if (mount.subPath) {
      const why = 'subPathExpr and subPath are mutually exclusive';
      errors.push(invalid(`${at}.subPathExpr`, mount.subPathExpr, why));
    }
    localPath(mount.subPathExpr, `${path}.volumeMounts.subPathExpr`, errors);
  }
  if (mount.mountPropagation !== undefined) {
    const field = `${path}.volumeMounts.mountPropagation`;
    oneOf(mount.mountPropagation, ['Bidirectional', 'HostToContainer', 'None'], field, errors);
    if (mount.mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
      const why = 'Bidirectional mount propagation is available only to privileged containers';
      errors.push(forbiddenField(field, why));
    }
  }
  validateRecursive(mount, `${path}.volumeMounts.recursiveReadOnly`, errors);
}

function validateRecursive(mount: VolumeMount, path: string, errors: FieldError[]): void {
  const { recursiveReadOnly, readOnly, mountPropagation = 'None' } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return;
  const known = ['Disabled', 'Enabled', 'IfPossible'];
  if (!known.includes(recursiveReadOnly)) {
    oneOf(recursiveReadOnly, known, path, errors);
    return;
  }
  if (readOnly !== true) errors.push(forbiddenField(path, 'may only be specified when readOnly is true'));
  if (mountPropagation !== 'None') {
    errors.push(forbiddenField(path, 'may only be specified when mountPropagation is None or not specified'));
  }
}

function validateDevices(container: Container, path: string, context: PodContext, errors: FieldError[]): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounts = container.volumeMounts ?? [];
  container.volumeDevices?.forEach((device, index) => {
    const at = `${path}.volumeDevices[${index}]`;
    const { name = '', devicePath = '' } = device;
    const volume = context.volumes.get(name);
    if (name === '') errors.push(required(`${at}.name`));
    if (names.has(name)) errors.push(invalid(`${at}.name`, name, 'must be unique'));
    if (volume === undefined) errors.push(notFoundField(`${at}.name`, name));
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      const why = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalid(`${at}.name`, name, why));
    }
    if (name !== '') names.add(name);
    if (devicePath === '') errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalid(`${at}.devicePath`, devicePath, 'must be unique'));
    if (devicePath.split('/').includes('..')) {
      errors.push(invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    } else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name)) {
      errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'));
    }
    if (mounts.some((mount) => mount.mountPath === devicePath)) {
      errors.push(invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'));
    }
  });
}

function validateAny(container: Container, path: string, context: PodContext, errors: FieldError[]): void {
  if (!container.name) errors.push(required(`${path}.name`));
  else named(isDns1123Label, container.name, `${path}.name`, errors);
  if (!container.image) errors.push(required(`${path}.image`));
  const policies = ['File', 'FallbackToLogsOnError'];
  requiredOneOf(container.terminationMessagePolicy, policies, `${path}.terminationMessagePolicy`, errors);
  if (container.ports) validatePorts(container.ports, `${path}.ports`, errors);
  if (container.env) validateEnv(container.env, `${path}.env`, errors);
  if (container.envFrom) validateEnvFrom(container.envFrom, `${path}.envFrom`, errors);
  validateMounts(container, path, context, errors);
  validateDevices(container, path, context, errors);
  requiredOneOf(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], `${path}.imagePullPolicy`, errors);
  validateResources(container.resources, `${path}.resources`, context.claims, errors);
  if (container.resizePolicy) {
    validateResizePolicy(container.resizePolicy, `${path}.resizePolicy`, context.neverRestarts, errors);
  }
  validateSecurityContext(container.securityContext, `${path}.securityContext`, context.hostUsers, errors);
}

function validateProbes(container: Container, path: string, context: PodContext, errors: FieldError[]): void {
  validateLifecycle(container.lifecycle, `${path}.lifecycle`, context.grace, errors);
  validateRestartingProbe(container.livenessProbe, `${path}.livenessProbe`, errors);
  validateReadinessProbe(container.readinessProbe, `${path}.readinessProbe`, errors);
  validateRestartingProbe(container.startupProbe, `${path}.startupProbe`, errors);
}

/** API: an image without spaces around it, in a Pod; templates may have them. */
export function validateImage(
  { image = '' }: Container | EphemeralContainer,
  path: string,
  errors: FieldError[],
): void {
  if (image === image.trim()) return;
  errors.push(invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'));
}

/** The containers of a Pod at `path`. Answers their names. */
export function validateContainers(
  containers: readonly Container[] | undefined,
  path: string,
  context: PodContext,
  errors: FieldError[],
): Set<string> {
  const names = new Set<string>();
  if (!containers?.length) {
    errors.push(required(path));
    return names;
  }
  containers.forEach((container, index) => {
    const at = `${path}[${index}]`;
    validateAny(container, at, context, errors);
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    validateProbes(container, at, context, errors);
    validateRestart(container, at, errors);
  });
  validateHostPorts(containers, path, errors);
  return names;
}

const notForInit = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** Init containers at `path`; `names` are taken already. API: those that restart always run beside the Pod. */
export function validateInitContainers(
  containers: readonly Container[],
  path: string,
  names: Set<string>,
  context: PodContext,
  errors: FieldError[],
): void {
  containers.forEach((container, index) => {
    const at = `${path}[${index}]`;
    validateAny(container, at, context, errors);
    validateRestart(container, at, errors);
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    else if (container.name) names.add(container.name);
    validateHostPorts([container], path, errors);
    if (container.restartPolicy === 'Always') {
      validateProbes(container, at, context, errors);
      return;
    }
    for (const field of notForInit) {
      if (container[field] === undefined) continue;
      const why = 'may not be set for init containers without restartPolicy=Always';
      errors.push(forbiddenField(`${at}.${field}`, why));
    }
  });
}

/** In the order of the fields of a container: they are complained about in it. */
const notForEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** True for a field that says something: an empty list and empty resources do not. */
function isSet(container: EphemeralContainer, field: (typeof notForEphemeral)[number]): boolean {
  if (field === 'resources') return Object.keys(container.resources ?? {}).length > 0;
  const value = container[field];
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

/** Ephemeral containers at `path`. API: they are for looking, so they get no ports, probes or resources. */
export function validateEphemeralContainers(
  containers: readonly EphemeralContainer[],
  path: string,
  names: Set<string>,
  context: PodContext,
  errors: FieldError[],
): void {
  const targets = new Set(names);
  containers.forEach((container, index) => {
    const at = `${path}[${index}]`;
    validateAny(container, at, context, errors);
    validateImage(container, at, errors);
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !targets.has(target)) errors.push(notFoundField(`${at}.targetContainerName`, target));
    for (const field of notForEphemeral) {
      if (isSet(container, field)) {
        errors.push(forbiddenField(`${at}.${field}`, 'cannot be set for an Ephemeral Container'));
      }
    }
    container.volumeMounts?.forEach((mount, position) => {
      for (const field of ['subPath', 'subPathExpr'] as const) {
        if (!mount[field]) continue;
        const where = `${at}.volumeMounts[${position}].${field}`;
        errors.push(forbiddenField(where, 'cannot be set for an Ephemeral Container'));
      }
    });
  });
}
