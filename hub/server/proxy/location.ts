/** Where a proxy path leads: `[scheme:]name[:port]` of a Pod, Service or node to a port somebody listens on. */
import { ApiError, badRequest, notFound } from '../../api/errors.ts';
import { type EndpointSlice, serviceNameLabel } from '../../api/endpoint-slice.ts';
import type { Node } from '../../api/node.ts';
import type { Pod } from '../../api/pod.ts';
import { endpointSlices, nodes, pods, services } from '../../api/resource.ts';
import type { Service } from '../../api/service.ts';
import type { Registry } from '../../registry/registry.ts';
import { boundPod } from '../streaming/exec.ts';
import type { Services } from '../services.ts';
import type { PortOwner } from './node-ports.ts';

/** The other end of a proxied request. */
export interface Location {
  readonly scheme: 'http' | 'https';
  readonly owner: PortOwner;
  readonly port: number;
  /** Value of the Host header: the address the other end is known by in the cluster. */
  readonly host: string;
}

const defaultPorts = { http: 80, https: 443 } as const;
/** Where a kubelet listens unless its Node says otherwise. */
const kubeletPort = 10_250;

interface Parts {
  readonly scheme: '' | 'http' | 'https';
  readonly name: string;
  readonly port: string;
}

/** Resolves the name of a proxy path; `kubelet` is the name of a node that is asked itself. Throws BadRequest, NotFound and ServiceUnavailable. */
export function locate(
  context: Services,
  resource: string,
  namespace: string,
  name: string,
  random: number,
): Location | { readonly kubelet: string } {
  const parts = split(name);
  if (parts === undefined) throw badRequest(`invalid ${resource.slice(0, -1)} request ${JSON.stringify(name)}`);
  if (resource === 'pods') return locatePod(context, namespace, parts);
  if (resource === 'services') return locateService(context, namespace, parts, random);
  return locateNode(context.registry, parts);
}

function split(text: string): Parts | undefined {
  const words = text.split(':');
  const [first = '', second = '', third = ''] = words;
  if (words.length > 3) return undefined;
  const parts =
    words.length === 3 ? { scheme: first, name: second, port: third } : { scheme: '', name: first, port: second };
  const isKnown = parts.scheme === '' || parts.scheme === 'http' || parts.scheme === 'https';
  return isKnown && parts.name !== '' ? (parts as Parts) : undefined;
}

function locatePod(context: Services, namespace: string, parts: Parts): Location {
  const { entry, node } = boundPod(context, namespace, parts.name);
  const pod = entry.object<Pod>();
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  const named = ports.find((port) => port.name !== undefined && port.name === parts.port)?.containerPort;
  const scheme = parts.scheme || 'http';
  const port =
    parts.port === '' ? (ports[0]?.containerPort ?? defaultPorts[scheme]) : (named ?? portNumber(parts.port));
  const owner = { node, namespace, pod: entry.name, uid: entry.uid };
  return { scheme, owner, port, host: authority(pod.status?.podIP ?? entry.name, port) };
}

function locateService(context: Services, namespace: string, parts: Parts, random: number): Location {
  const { registry } = context;
  const entry = registry.get(services, namespace, parts.name);
  if (entry === undefined) throw notFound(services, parts.name);
  const portName = servicePortName(entry.object<Service>(), parts);
  const found = endpointsOf(registry, namespace, parts.name, portName);
  const chosen = found[Math.floor(random * found.length)];
  if (chosen === undefined) throw unavailable(`no endpoints available for service ${JSON.stringify(parts.name)}`);
  const { entry: pod, node } = boundPod(context, namespace, chosen.pod);
  const owner = { node, namespace, pod: pod.name, uid: pod.uid };
  return { scheme: parts.scheme || 'http', owner, port: chosen.port, host: authority(chosen.address, chosen.port) };
}

/** API: a port may be named, or given by the Service's own number. */
function servicePortName(service: Service, { name, port }: Parts): string {
  if (!/^\d+$/.test(port)) return port;
  const found = service.spec.ports?.find((one) => one.port === Number(port));
  if (found === undefined) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  return found.name ?? '';
}

/** The ready Pods behind a Service that have this port. */
function endpointsOf(
  registry: Registry,
  namespace: string,
  service: string,
  portName: string,
): { pod: string; address: string; port: number }[] {
  const found: { pod: string; address: string; port: number }[] = [];
  for (const entry of registry.entries(endpointSlices, namespace)) {
    if (entry.labels[serviceNameLabel] !== service) continue;
    const slice = entry.object<EndpointSlice>();
    const port = slice.ports?.find((one) => (one.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const { targetRef, addresses, conditions } of slice.endpoints ?? []) {
      const pod = targetRef?.kind === 'Pod' ? targetRef.name : undefined;
      if (pod === undefined || conditions?.ready === false) continue;
      if (registry.get(pods, namespace, pod) !== undefined) found.push({ pod, address: addresses[0] ?? pod, port });
    }
  }
  return found;
}

function locateNode(registry: Registry, parts: Parts): Location | { readonly kubelet: string } {
  const entry = registry.get(nodes, '', parts.name);
  if (entry === undefined) throw notFound(nodes, parts.name);
  const { status } = entry.object<Node>();
  const own = status?.daemonEndpoints?.kubeletEndpoint?.Port || kubeletPort;
  const port = parts.port === '' ? own : portNumber(parts.port);
  if (port === own) return { kubelet: entry.name };
  const scheme = parts.scheme || 'http';
  const address = status?.addresses?.find((one) => one.type === 'InternalIP')?.address ?? parts.name;
  return { scheme, owner: { node: entry.name, namespace: '', pod: '', uid: '' }, port, host: authority(address, port) };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw badRequest(`${JSON.stringify(text)} is no port`);
  return port;
}

function authority(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function unavailable(message: string): ApiError {
  return new ApiError('ServiceUnavailable', message);
}
