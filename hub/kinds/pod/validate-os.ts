/** What is wrong with a Pod that says which system it is for. API: it may not ask for what that system has not. */
import { type FieldError, forbiddenField, notSupported, required } from '../../api/field-error.ts';
import type { PodSpec } from '../../api/pod.ts';
import { containersOf } from './validate-windows.ts';

/** Fields of the Pod (`spec.x`) and of its context, in the order they are complained about; those of the context last. */
const notOnWindows = [
  ['context', 'appArmorProfile'],
  ['context', 'seLinuxOptions'],
  ['pod', 'hostUsers'],
  ['pod', 'hostPID'],
  ['pod', 'hostIPC'],
  ['context', 'seccompProfile'],
  ['context', 'fsGroup'],
  ['context', 'fsGroupChangePolicy'],
  ['context', 'sysctls'],
  ['pod', 'shareProcessNamespace'],
  ['context', 'runAsUser'],
  ['context', 'runAsGroup'],
  ['context', 'supplementalGroups'],
  ['context', 'supplementalGroupsPolicy'],
] as const;

const containerNotOnWindows = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

/** True for what says something: `false` says nothing where the field is no more than a switch. */
function isSaid(value: unknown, isSwitch: boolean): boolean {
  if (value === undefined || value === null) return false;
  return !(isSwitch && value === false) && !(Array.isArray(value) && value.length === 0);
}

function validateWindows(spec: PodSpec, path: string, errors: FieldError[]): void {
  const why = 'cannot be set for a windows pod';
  for (const [where, field] of notOnWindows) {
    const holder = (where === 'pod' ? spec : spec.securityContext) as Record<string, unknown> | undefined;
    if (!isSaid(holder?.[field], field === 'hostPID' || field === 'hostIPC')) continue;
    errors.push(forbiddenField(where === 'pod' ? `${path}.${field}` : `${path}.securityContext.${field}`, why));
  }
  for (const [container, at] of containersOf(spec, path)) {
    for (const field of containerNotOnWindows) {
      if (!isSaid(container.securityContext?.[field], false)) continue;
      errors.push(forbiddenField(`${at}.securityContext.${field}`, why));
    }
  }
}

function validateLinux(spec: PodSpec, path: string, errors: FieldError[]): void {
  const why = 'windows options cannot be set for a linux pod';
  if (spec.securityContext?.windowsOptions !== undefined) {
    errors.push(forbiddenField(`${path}.securityContext.windowsOptions`, why));
  }
  for (const [container, at] of containersOf(spec, path)) {
    if (container.securityContext?.windowsOptions === undefined) continue;
    errors.push(forbiddenField(`${at}.securityContext.windowsOptions`, why));
  }
}

/** The system of the Pod at `path`, and what does not go with it. */
export function validateOs(spec: PodSpec, path: string, errors: FieldError[]): void {
  if (spec.os === undefined) return;
  const { name } = spec.os;
  if (!name) errors.push(required(`${path}.os.name`, 'cannot be empty'));
  else if (name === 'linux') validateLinux(spec, path, errors);
  else if (name === 'windows') validateWindows(spec, path, errors);
  else errors.push(notSupported(`${path}.os`, name, ['linux', 'windows']));
}
