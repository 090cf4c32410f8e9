/** Defaults of containers: probes, ports, environment, resources. */
import type {
  Container,
  ContainerPort,
  HTTPGetAction,
  LifecycleHandler,
  ObjectFieldSelector,
  Probe,
  ResourceFieldSelector,
  ResourceRequirements,
} from '../../api/container.ts';
import { defaultPullPolicy } from './image.ts';

function defaultHttpGet(action: HTTPGetAction | undefined): void {
  if (action === undefined) return;
  if (!action.path) action.path = '/';
  if (!action.scheme) action.scheme = 'HTTP';
}

function defaultProbe(probe: Probe | undefined): void {
  if (probe === undefined) return;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
  if (!probe.timeoutSeconds) probe.timeoutSeconds = 1;
  if (!probe.periodSeconds) probe.periodSeconds = 10;
  if (!probe.successThreshold) probe.successThreshold = 1;
  if (!probe.failureThreshold) probe.failureThreshold = 3;
}

function defaultHandler(handler: LifecycleHandler | undefined): void {
  if (handler !== undefined) defaultHttpGet(handler.httpGet);
}

function defaultPort(port: ContainerPort): void {
  if (!port.protocol) port.protocol = 'TCP';
}

/** References of environment variables and downward files. */
export function defaultReferences(holder: {
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
}): void {
  if (holder.fieldRef !== undefined && !holder.fieldRef.apiVersion) holder.fieldRef.apiVersion = 'v1';
  if (holder.resourceFieldRef !== undefined) holder.resourceFieldRef.divisor ??= '0';
}

/** A container of a Pod or of a template. */
export function defaultContainer(container: Container): void {
  if (!container.imagePullPolicy) container.imagePullPolicy = defaultPullPolicy(container.image);
  if (!container.terminationMessagePath) container.terminationMessagePath = '/dev/termination-log';
  if (!container.terminationMessagePolicy) container.terminationMessagePolicy = 'File';
  container.resources ??= {};
  if (container.ports) for (const port of container.ports) defaultPort(port);
  if (container.env) for (const one of container.env) if (one.valueFrom) defaultReferences(one.valueFrom);
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  if (container.lifecycle) {
    defaultHandler(container.lifecycle.postStart);
    defaultHandler(container.lifecycle.preStop);
  }
}

/** API: in a Pod, what is limited and not requested is requested as limited. */
export function requestLimits(resources: ResourceRequirements | undefined): void {
  if (resources?.limits === undefined) return;
  for (const name in resources.limits) {
    resources.requests ??= {};
    const limit = resources.limits[name];
    if (limit !== undefined) resources.requests[name] ??= limit;
  }
}
