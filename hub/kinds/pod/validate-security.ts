/** What is wrong with security contexts of Pods and containers. */
import type { SeccompProfile, SecurityContext } from '../../api/container.ts';
import { duplicate, type FieldError, invalid, required, tooLong } from '../../api/field-error.ts';
import type { PodSpec, Sysctl } from '../../api/pod.ts';
import { oneOf } from '../field-checks.ts';
import { localPath } from '../storage/paths.ts';
import { validateWindowsOptions } from './validate-windows.ts';

/** API: bytes of the name of an AppArmor profile. */
const longestProfile = 4095;
const highestId = 2_147_483_647;
const idText = `must be between 0 and ${highestId}, inclusive`;
const sysctlPattern = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const sysctlText = String.raw`must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`;

function id(value: number | undefined, path: string, errors: FieldError[]): void {
  if (value !== undefined && (value < 0 || value > highestId)) errors.push(invalid(path, value, idText));
}

function validateSeccomp(profile: SeccompProfile | undefined, path: string, errors: FieldError[]): void {
  if (profile === undefined) return;
  const { type, localhostProfile: file } = profile;
  if (!type) errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'));
  else oneOf(type, ['Localhost', 'RuntimeDefault', 'Unconfined'], `${path}.type`, errors);
  const at = `${path}.localhostProfile`;
  if (type !== 'Localhost') {
    if (file !== undefined) errors.push(invalid(at, profile, 'can only be set when seccomp type is Localhost'));
  } else if (file === undefined) errors.push(required(at, 'must be set when seccomp type is Localhost'));
  else localPath(file, at, errors);
}

/** API: AppArmorProfile. */
function validateAppArmor(profile: Record<string, unknown> | undefined, path: string, errors: FieldError[]): void {
  if (profile === undefined) return;
  const { type, localhostProfile: file } = profile as { type?: string; localhostProfile?: string };
  const at = `${path}.localhostProfile`;
  switch (type) {
    case 'Localhost':
      if (file === undefined || file === '') {
        errors.push(required(at, 'must be set when AppArmor type is Localhost'));
      } else if (file.trim() !== file) errors.push(invalid(at, file, 'must not be padded with whitespace'));
      else if (file.length > longestProfile) errors.push(tooLong(at, longestProfile));
      break;
    case 'RuntimeDefault':
    case 'Unconfined':
      if (file !== undefined) errors.push(invalid(at, file, 'can only be set when AppArmor type is Localhost'));
      break;
    default:
      if (!type) errors.push(required(`${path}.type`, 'type is required when appArmorProfile is set'));
      else oneOf(type, ['Localhost', 'RuntimeDefault', 'Unconfined'], `${path}.type`, errors);
  }
}

/** The context of one container. `hostUsers` false: its Pod has users of its own. */
export function validateSecurityContext(
  context: SecurityContext | undefined,
  path: string,
  hostUsers: boolean,
  errors: FieldError[],
): void {
  if (context === undefined) return;
  id(context.runAsUser, `${path}.runAsUser`, errors);
  id(context.runAsGroup, `${path}.runAsGroup`, errors);
  if (context.procMount !== undefined) oneOf(context.procMount, ['Default', 'Unmasked'], `${path}.procMount`, errors);
  if (context.procMount === 'Unmasked' && hostUsers) {
    errors.push(invalid(`${path}.procMount`, context.procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  validateSeccomp(context.seccompProfile, `${path}.seccompProfile`, errors);
  if (context.allowPrivilegeEscalation === false) validateEscalation(context, path, errors);
  validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, errors);
  validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`, errors);
}

/** API: what already has every right cannot be kept from getting more. */
function validateEscalation(context: SecurityContext, path: string, errors: FieldError[]): void {
  if (context.privileged === true) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    errors.push(invalid(path, context, why));
  }
  for (const capability of context.capabilities?.add ?? []) {
    if (capability !== 'CAP_SYS_ADMIN') continue;
    const why = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    errors.push(invalid(path, context, why));
  }
}

function validateSysctls(sysctls: readonly Sysctl[], spec: PodSpec, path: string, errors: FieldError[]): void {
  const names = new Set<string>();
  sysctls.forEach((sysctl, index) => {
    const field = `${path}[${index}].name`;
    const name = sysctl.name ?? '';
    if (name === '') errors.push(required(field));
    else if (name.length > 253 || !sysctlPattern.test(name)) errors.push(invalid(field, name, sysctlText));
    else if (names.has(name)) errors.push(duplicate(field, name));
    names.add(name);
    if (spec.hostNetwork === true && /^net[./]/.test(name)) {
      errors.push(invalid(field, name, "may not be specified when 'hostNetwork' is true"));
    }
    if (spec.hostIPC === true && /^(kernel[./](shm|msg|sem)|fs[./]mqueue)/.test(name)) {
      errors.push(invalid(field, name, "may not be specified when 'hostIPC' is true"));
    }
  });
}

/** The context of a whole Pod at `path` (the spec's own path). */
export function validatePodSecurity(spec: PodSpec, path: string, errors: FieldError[]): void {
  const context = spec.securityContext ?? {};
  const at = `${path}.securityContext`;
  id(context.fsGroup, `${at}.fsGroup`, errors);
  id(context.runAsUser, `${at}.runAsUser`, errors);
  id(context.runAsGroup, `${at}.runAsGroup`, errors);
  context.supplementalGroups?.forEach((group, index) => {
    id(group, `${at}.supplementalGroups[${index}]`, errors);
  });
  if (context.sysctls) validateSysctls(context.sysctls, spec, `${at}.sysctls`, errors);
  if (context.fsGroupChangePolicy !== undefined) {
    oneOf(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], `${at}.fsGroupChangePolicy`, errors);
  }
  validateSeccomp(context.seccompProfile, `${at}.seccompProfile`, errors);
  validateWindowsOptions(context.windowsOptions, `${at}.windowsOptions`, errors);
  validateAppArmor(context.appArmorProfile, `${at}.appArmorProfile`, errors);
  if (context.supplementalGroupsPolicy !== undefined) {
    oneOf(context.supplementalGroupsPolicy, ['Merge', 'Strict'], `${at}.supplementalGroupsPolicy`, errors);
  }
  if (context.seLinuxChangePolicy !== undefined) {
    oneOf(context.seLinuxChangePolicy, ['MountOption', 'Recursive'], `${at}.seLinuxChangePolicy`, errors);
  }
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const why = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalid(`${path}.shareProcessNamespace`, true, why));
  }
}
