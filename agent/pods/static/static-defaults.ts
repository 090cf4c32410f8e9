/** What the API would fill in of a Pod that never went through it: the fields this node acts upon. Pure. */
import type { Container, Probe } from '../../../hub/api/container.ts';
import type { Pod, PodSpec } from '../../../hub/api/pod.ts';

/** API: priority classes every cluster has. */
const systemPriorities: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** Fills a static Pod, in place. */
export function defaultStaticPod({ spec }: Pod): void {
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.enableServiceLinks ??= true;
  spec.securityContext ??= {};
  const priority = systemPriorities[spec.priorityClassName ?? ''];
  if (priority !== undefined) spec.priority = priority;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) fill(container, spec);
  for (const volume of spec.volumes ?? []) if (Object.keys(volume).length === 1) volume.emptyDir = {};
}

function fill(container: Container, spec: PodSpec): void {
  container.imagePullPolicy ??= /(:latest|\/[^:@]+|^[^:@/]+)$/.test(container.image ?? '') ? 'Always' : 'IfNotPresent';
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.resources ??= {};
  const { limits } = container.resources;
  if (limits !== undefined) container.resources.requests = { ...limits, ...container.resources.requests };
  for (const port of container.ports ?? []) {
    port.protocol ??= 'TCP';
    if (spec.hostNetwork === true) port.hostPort ??= port.containerPort;
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) fillProbe(probe);
}

function fillProbe(probe: Probe | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  if (probe.httpGet === undefined) return;
  probe.httpGet.path ??= '/';
  probe.httpGet.scheme ??= 'HTTP';
}
