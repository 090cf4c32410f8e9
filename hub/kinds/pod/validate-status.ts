/** What is wrong with the status an agent, or the scheduler, writes. */
import { isIPv4 } from 'node:net';
import type { Container, ContainerStatus } from '../../api/container.ts';
import { duplicate, type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import type { Pod, PodSpec, PodStatus } from '../../api/pod.ts';
import { immutable, named } from '../field-checks.ts';
import { address } from '../ip-checks.ts';
import { validateAnnotationChange } from './validate-annotations.ts';

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);
const negativeText = 'must be a non-negative integer';

function validateConditions({ conditions = [] }: PodStatus, errors: FieldError[]): void {
  conditions.forEach(({ type, observedGeneration = 0 }, index) => {
    const path = `status.conditions[${index}]`;
    if (observedGeneration < 0) errors.push(invalid(`${path}.observedGeneration`, observedGeneration, negativeText));
    if (!systemConditions.has(type)) named(labelKeyErrors, type, `${path}.Type`, errors);
  });
}

function validateNominated(pod: Pod, old: Pod, errors: FieldError[]): void {
  const nominated = pod.status?.nominatedNodeName;
  if (!nominated || nominated === old.status?.nominatedNodeName) return;
  const path = 'status.nominatedNodeName';
  named(isDns1123Subdomain, nominated, path, errors);
  if (old.spec.nodeName) errors.push(forbiddenField(path, 'may not be set on pods that are already bound to a node'));
}

interface RestartRule {
  readonly action?: string;
  readonly exitCodes?: { readonly operator?: string; readonly values?: readonly number[] };
}

function isMet({ exitCodes }: RestartRule, exitCode: number): boolean {
  const isListed = exitCodes?.values?.includes(exitCode) === true;
  return exitCodes !== undefined && (exitCodes.operator === 'In' ? isListed : !isListed);
}

/** API: rules of the container go before its policy, and its policy before that of the Pod. */
function restarts(container: Container, { restartPolicy }: PodSpec, exitCode: number): boolean {
  const rules = (container.restartPolicyRules ?? []) as readonly RestartRule[];
  if (rules.some((rule) => isMet(rule, exitCode))) return true;
  const policy = container.restartPolicy ?? restartPolicy;
  return policy === 'OnFailure' ? exitCode !== 0 : policy !== 'Never';
}

/** Containers that ended stay so, but for those that `mayRestart`. */
function validateEnded(
  now: readonly ContainerStatus[] | undefined,
  before: readonly ContainerStatus[] | undefined,
  path: string,
  mayRestart: (name: string, exitCode: number) => boolean,
  errors: FieldError[],
): void {
  before?.forEach(({ name, state }, index) => {
    if (state?.terminated === undefined) return;
    const next = now?.find((status) => status.name === name);
    if (next === undefined || next.state?.terminated !== undefined) return;
    if (mayRestart(name, state.terminated.exitCode)) return;
    errors.push(forbiddenField(`${path}[${index}].state`, 'may not be transitioned to non-terminated state'));
  });
}

/** API: one container may have all of them start over. */
function allRestart({ containers, initContainers = [] }: PodSpec): boolean {
  const rules = [...containers, ...initContainers].flatMap(
    ({ restartPolicyRules = [] }) => restartPolicyRules as readonly RestartRule[],
  );
  return rules.some(({ action }) => action === 'RestartAllContainers');
}

function validateTransitions({ status = {} }: Pod, { spec, status: before = {} }: Pod, errors: FieldError[]): void {
  const all = allRestart(spec);
  const within =
    (containers: readonly Container[] | undefined) =>
    (name: string, exitCode: number): boolean => {
      const container = containers?.find((one) => one.name === name);
      if (all) return true;
      return container !== undefined && restarts(container, spec, exitCode);
    };
  const lists = [
    ['containerStatuses', within(spec.containers)],
    ['initContainerStatuses', within(spec.initContainers)],
    ['ephemeralContainerStatuses', (): boolean => false],
  ] as const;
  for (const [list, mayRestart] of lists) {
    validateEnded(status[list], before[list], `status.${list}`, mayRestart, errors);
  }
}

interface ClaimStatus {
  readonly name?: string;
  readonly resourceClaimName?: string;
}

function validateClaims({ spec, status }: Pod, errors: FieldError[]): void {
  const seen = new Set<string>();
  const claims = (status?.resourceClaimStatuses ?? []) as readonly ClaimStatus[];
  claims.forEach(({ name = '', resourceClaimName }, index) => {
    const path = `status.resourceClaimStatuses[${index}]`;
    if (!spec.resourceClaims?.some((claim) => claim['name'] === name)) {
      errors.push(invalid(`${path}.name`, name, 'must match the name of an entry in `spec.resourceClaims`'));
    }
    if (seen.has(name)) errors.push(duplicate(`${path}.name`, name));
    seen.add(name);
    if (resourceClaimName !== undefined) {
      named(isDns1123Subdomain, resourceClaimName, `${path}.resourceClaimName`, errors);
    }
  });
}

/** API: one address of each family at most. Those that were there before stay as they are. */
function validateAddresses(
  now: readonly { ip: string }[],
  before: readonly { ip: string }[],
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const kept = new Set(before.map(({ ip }) => ip));
  now.forEach(({ ip }, index) => {
    address(ip, `${path}[${index}]`, errors, kept);
  });
  const [first, second, third] = now;
  if (first === undefined || second === undefined) return errors;
  if (third !== undefined || isIPv4(first.ip) === isIPv4(second.ip)) {
    errors.push(invalid(path, now, 'may specify no more than one IP for each IP family'));
  }
  return errors;
}

function validateHostIPs({ status = {} }: Pod, { status: before = {} }: Pod): FieldError[] {
  const { hostIPs = [], hostIP = '' } = status;
  const [first] = hostIPs;
  if (first === undefined) return [];
  const errors: FieldError[] = [];
  if (first.ip !== hostIP) errors.push(invalid('status.hostIPs[0].ip', first.ip, 'must be equal to `hostIP`'));
  return [...errors, ...validateAddresses(hostIPs, before.hostIPs ?? [], 'status.hostIPs')];
}

function validateExtendedClaim({ status }: Pod, errors: FieldError[]): void {
  const claim = status?.extendedResourceClaimStatus;
  if (claim === undefined) return;
  const path = 'status.extendedResourceClaimStatus';
  const mappings = (claim['requestMappings'] ?? []) as readonly unknown[];
  if (mappings.length === 0) {
    errors.push(required(`${path}.requestMappings`, 'at least one request mapping is required'));
  }
  if (!claim['resourceClaimName']) errors.push(required(`${path}.resourceClaimName`));
}

/** What is wrong with a changed status. */
export function validatePodStatus(pod: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = [];
  const { status = {} } = pod;
  validateAnnotationChange(pod, old, errors);
  validateConditions(status, errors);
  validateNominated(pod, old, errors);
  const generation = status.observedGeneration ?? 0;
  if (generation < 0) errors.push(invalid('status.observedGeneration', generation, negativeText));
  if (old.status?.qosClass) immutable(status.qosClass ?? '', old.status.qosClass, 'status.qosClass', errors);
  validateTransitions(pod, old, errors);
  validateClaims(pod, errors);
  validateExtendedClaim(pod, errors);
  errors.push(...validateAddresses(status.podIPs ?? [], old.status?.podIPs ?? [], 'status.podIPs'));
  errors.push(...validateHostIPs(pod, old));
  return errors;
}
