/** Defaults of Pods and of the Pod specs inside templates. */
import type { Pod, PodSpec, PodTemplateSpec } from '../../api/pod.ts';
import { defaultNestedMetadata } from '../nested-metadata.ts';
import { defaultContainer, requestLimits } from './container-defaults.ts';
import { defaultVolume } from './volume-defaults.ts';

const graceSeconds = 30;

function defaultPodSpec(spec: PodSpec): void {
  if (!spec.dnsPolicy) spec.dnsPolicy = 'ClusterFirst';
  if (!spec.restartPolicy) spec.restartPolicy = 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= graceSeconds;
  if (!spec.schedulerName) spec.schedulerName = 'default-scheduler';
  // API: serviceAccount is the deprecated name of serviceAccountName; both are always told alike.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
  if (spec.containers) for (const container of spec.containers) defaultContainer(container);
  if (spec.initContainers) for (const container of spec.initContainers) defaultContainer(container);
  if (spec.ephemeralContainers) for (const container of spec.ephemeralContainers) defaultContainer(container);
  if (spec.volumes) for (const volume of spec.volumes) defaultVolume(volume);
}

/** API: a port of a Pod on the host's network is the host's port. */
function takeHostPorts(spec: PodSpec): void {
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    for (const port of container.ports ?? []) if (!port.hostPort) port.hostPort = port.containerPort;
  }
}

/** Fills a Pod. */
export function defaultPod(pod: Pod): void {
  pod.spec ??= { containers: [] };
  const { spec } = pod;
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) takeHostPorts(spec);
  if (spec.containers) for (const container of spec.containers) requestLimits(container.resources);
  if (spec.initContainers) for (const container of spec.initContainers) requestLimits(container.resources);
  requestLimits(spec.resources);
}

/** Fills a template of Pods: links, host ports and requests wait for the Pod itself. */
export function defaultPodTemplate(template: PodTemplateSpec): void {
  defaultNestedMetadata(template);
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
}
