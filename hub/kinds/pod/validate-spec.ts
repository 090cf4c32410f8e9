/** What is wrong with the spec of a Pod, in a Pod or in a template of one. */
import { duplicate, type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { isDns1123Label, isDns1123Subdomain, isSearchPath } from '../../api/names.ts';
import type { PodDNSConfig, PodSpec, Volume } from '../../api/pod.ts';
import { named, requiredOneOf } from '../field-checks.ts';
import { address } from '../ip-checks.ts';
import { validateLabels } from '../metadata.ts';
import { containerResourceName, resourceAmount } from '../resource-names.ts';
import { validateAffinity, validateSpread } from './validate-affinity.ts';
import { validateContainers, validateEphemeralContainers, validateInitContainers } from './validate-container.ts';
import { validateOs } from './validate-os.ts';
import { validatePodClaims } from './validate-pod-claims.ts';
import { validateResources } from './validate-resources.ts';
import { validatePodSecurity } from './validate-security.ts';
import { validateTolerations } from './validate-tolerations.ts';
import { validateVolumes } from './validate-volume.ts';
import { validateHostProcess } from './validate-windows.ts';

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const mostNameservers = 3;
const mostSearches = 32;
const longestSearches = 2048;
const longestDeadline = 2_147_483_647;

/** API: with the policy None the Pod says itself where to ask. */
function missingDns({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError | undefined {
  if (dnsPolicy !== 'None' || dnsConfig?.nameservers?.length) return undefined;
  if (dnsConfig === undefined) return required(path, 'must provide `dnsConfig` when `dnsPolicy` is None');
  return required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None');
}

function validateDns(spec: PodSpec, path: string, errors: FieldError[]): void {
  const missing = missingDns(spec, path);
  if (missing !== undefined) errors.push(missing);
  else if (spec.dnsConfig !== undefined) validateDnsConfig(spec.dnsConfig, path, errors);
}

function validateDnsConfig(config: PodDNSConfig, path: string, errors: FieldError[]): void {
  const { nameservers = [], searches = [] } = config;
  if (nameservers.length > mostNameservers) {
    errors.push(invalid(`${path}.nameservers`, nameservers, `must not have more than ${mostNameservers} nameservers`));
  }
  nameservers.forEach((server, index) => {
    address(server, `${path}.nameservers[${index}]`, errors);
  });
  if (searches.length > mostSearches) {
    errors.push(invalid(`${path}.searches`, searches, `must not have more than ${mostSearches} search paths`));
  }
  if (searches.join(' ').length > longestSearches) {
    const why = `must not have more than ${longestSearches} characters (including spaces) in the search list`;
    errors.push(invalid(`${path}.searches`, searches, why));
  }
  searches.forEach((search, index) => {
    const field = `${path}.searches[${index}]`;
    if (search !== '.') named(isSearchPath, search.replace(/\.$/, ''), field, errors);
  });
  config.options?.forEach((option, index) => {
    if (!option.name) errors.push(required(`${path}.options[${index}]`, 'must not be empty'));
  });
}

/** API: on the host's network, ports of the container and of the host are one. A template may leave the latter out. */
function validateHostNetwork(spec: PodSpec, path: string, errors: FieldError[]): void {
  if (spec.hostNetwork !== true) return;
  spec.containers?.forEach((container, index) => {
    container.ports?.forEach((port, at) => {
      if (!port.hostPort || port.hostPort === port.containerPort) return;
      const where = `${path}.containers[${index}].ports[${at}].hostPort`;
      errors.push(invalid(where, port.hostPort, 'must match `containerPort` when `hostNetwork` is true'));
    });
  });
}

function validateGates(spec: PodSpec, path: string, errors: FieldError[]): void {
  spec.readinessGates?.forEach((gate, index) => {
    const field = `${path}.readinessGates[${index}].conditionType`;
    named(labelKeyErrors, gate.conditionType ?? '', field, errors);
  });
  const names = new Set<string>();
  spec.schedulingGates?.forEach((gate, index) => {
    const field = `${path}.schedulingGates[${index}]`;
    named(labelKeyErrors, gate.name ?? '', field, errors);
    if (names.has(gate.name)) errors.push(duplicate(field, gate.name));
    names.add(gate.name);
  });
}

function validateDeadline(deadline: number | undefined, path: string, errors: FieldError[]): void {
  if (deadline === undefined || (deadline >= 1 && deadline <= longestDeadline)) return;
  errors.push(invalid(path, deadline, `must be between 1 and ${longestDeadline}, inclusive`));
}

function validateHostAliases(spec: PodSpec, path: string, errors: FieldError[]): void {
  spec.hostAliases?.forEach(({ ip = '', hostnames }, index) => {
    address(ip, `${path}[${index}].ip`, errors);
    hostnames?.forEach((name, at) => {
      named(isDns1123Subdomain, name, `${path}[${index}].hostnames[${at}]`, errors);
    });
  });
}

function validateOverhead(spec: PodSpec, path: string, errors: FieldError[]): void {
  for (const [name, amount] of Object.entries(spec.overhead ?? {})) {
    containerResourceName(name, `${path}.limits[${name}]`, errors);
    resourceAmount(name, amount, `${path}.limits[${name}]`, errors);
  }
}

function validateNames(spec: PodSpec, path: string, errors: FieldError[]): void {
  if (spec.serviceAccountName) named(isDns1123Subdomain, spec.serviceAccountName, `${path}.serviceAccountName`, errors);
  if (spec.nodeName) named(isDns1123Subdomain, spec.nodeName, `${path}.nodeName`, errors);
  validateDeadline(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`, errors);
  if (spec.hostname) named(isDns1123Label, spec.hostname, `${path}.hostname`, errors);
  if (spec.subdomain) named(isDns1123Label, spec.subdomain, `${path}.subdomain`, errors);
  if (spec.tolerations) validateTolerations(spec.tolerations, `${path}.tolerations`, errors);
  validateHostAliases(spec, `${path}.hostAliases`, errors);
  if (spec.priorityClassName) named(isDns1123Subdomain, spec.priorityClassName, `${path}.priorityClassName`, errors);
  if (spec.runtimeClassName !== undefined)
    named(isDns1123Subdomain, spec.runtimeClassName, `${path}.runtimeClassName`, errors);
  if (spec.preemptionPolicy !== undefined) {
    requiredOneOf(spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'], `${path}.preemptionPolicy`, errors);
  }
  validateOverhead(spec, `${path}.overhead`, errors);
}

/** API: a Pod with users of its own has its own network, processes and memory. */
function validateHostUsers(spec: PodSpec, path: string, errors: FieldError[]): void {
  if (spec.hostUsers !== false) return;
  const why = 'when `pod.Spec.HostUsers` is false';
  if (spec.hostNetwork === true) errors.push(forbiddenField(`${path}.hostNetwork`, why));
  if (spec.hostPID === true) errors.push(forbiddenField(`${path}.HostPID`, why));
  if (spec.hostIPC === true) errors.push(forbiddenField(`${path}.HostIPC`, why));
}

/**
 * What is wrong with a Pod's spec at `path`. Containers may name its volumes, and those that its owner `gives`.
 * `podName`: of the Pod itself, which a template has not.
 */
export function validatePodSpec(
  spec: PodSpec,
  path: string,
  errors: FieldError[],
  gives: readonly Volume[] = [],
  podName?: string,
): void {
  const volumes = validateVolumes(spec.volumes, `${path}.volumes`, podName, errors);
  for (const volume of gives) volumes.set(volume.name, volume);
  const claims = validatePodClaims(spec.resourceClaims, `${path}.resourceClaims`, errors);
  const grace = spec.terminationGracePeriodSeconds;
  const hostUsers = spec.hostUsers !== false;
  const neverRestarts = spec.restartPolicy === 'Never';
  const context = { volumes, claims, grace, hostUsers, neverRestarts };
  const names = validateContainers(spec.containers, `${path}.containers`, context, errors);
  if (spec.initContainers) {
    validateInitContainers(spec.initContainers, `${path}.initContainers`, names, context, errors);
  }
  if (spec.ephemeralContainers) {
    validateEphemeralContainers(spec.ephemeralContainers, `${path}.ephemeralContainers`, names, context, errors);
  }
  if (spec.resources) validateResources(spec.resources, `${path}.resources`, claims, errors);
  validateHostNetwork(spec, path, errors);
  requiredOneOf(spec.restartPolicy, restartPolicies, `${path}.restartPolicy`, errors);
  requiredOneOf(spec.dnsPolicy, dnsPolicies, `${path}.dnsPolicy`, errors);
  if (spec.nodeSelector) validateLabels(spec.nodeSelector, `${path}.nodeSelector`, errors);
  validatePodSecurity(spec, path, errors);
  validateAffinity(spec.affinity, `${path}.affinity`, errors);
  validateDns(spec, `${path}.dnsConfig`, errors);
  validateGates(spec, path, errors);
  if (spec.topologySpreadConstraints) {
    validateSpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`, errors);
  }
  validateHostProcess(spec, path, errors);
  validateHostUsers(spec, path, errors);
  validateNames(spec, path, errors);
  validateOs(spec, path, errors);
}
