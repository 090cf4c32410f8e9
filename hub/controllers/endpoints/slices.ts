/** EndpointSlices of a Service: which exist, what each should hold, with as few writes as possible. */
import type { Endpoint, EndpointSlice } from '../../api/endpoint-slice.ts';
import { sameJson } from '../../api/same-json.ts';
import type { EndpointPort, Service } from '../../api/service.ts';
import { type EndpointPod, targetPort } from './endpoint-pod.ts';

/** API: --max-endpoints-per-slice. */
const sliceLimit = 100;

/** Endpoints with the same ports and address type: they share slices. */
export interface SliceGroup {
  readonly addressType: string;
  readonly ports: readonly EndpointPort[] | null;
  readonly endpoints: readonly Endpoint[];
}

/** What to write. */
export interface SlicePlan {
  readonly create: readonly SliceGroup[];
  readonly update: readonly { readonly slice: EndpointSlice; readonly endpoints: readonly Endpoint[] }[];
  readonly remove: readonly EndpointSlice[];
}

function portsOf(service: Service, pod: EndpointPod): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    const app = port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol };
    return [{ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP', ...app }];
  });
}

function endpointOf(service: Service, pod: EndpointPod, ip: string, zone: string | undefined): Endpoint {
  const serving = pod.ready;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !pod.deleting);
  const named = pod.hostname !== '' && pod.subdomain === service.metadata.name;
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating: pod.deleting },
    ...(named ? { hostname: pod.hostname } : {}),
    ...(pod.node === '' ? {} : { nodeName: pod.node }),
    targetRef: pod.target,
    ...(zone === undefined ? {} : { zone }),
    ...hintsOf(service, { ready, node: pod.node, zone }),
  };
}

/** API: values of trafficDistribution that give hints; the last one names nodes too. */
const sameNode = 'PreferSameNode';
const hinting = ['PreferClose', 'PreferSameZone', sameNode];

/** Who had better use an endpoint: its own zone, and its own node where that is asked for. */
function hintsOf(
  { spec }: Service,
  { ready, node, zone }: { ready: boolean; node: string; zone: string | undefined },
): Pick<Endpoint, 'hints'> {
  if (!ready || !hinting.includes(spec.trafficDistribution ?? '')) return {};
  const hints = {
    ...(zone === undefined ? {} : { forZones: [{ name: zone }] }),
    ...(spec.trafficDistribution === sameNode && node !== '' ? { forNodes: [{ name: node }] } : {}),
  };
  return Object.keys(hints).length === 0 ? {} : { hints };
}

/** Every endpoint of `service`, grouped. One empty group for each address family that has none: API, a placeholder. */
export function sliceGroups(
  service: Service,
  pods: readonly EndpointPod[],
  zoneOf: (node: string) => string | undefined,
): SliceGroup[] {
  const groups: SliceGroup[] = [];
  for (const addressType of service.spec.ipFamilies ?? ['IPv4']) {
    const byPorts = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
    for (const pod of pods) {
      const ip = pod.ips.find((one) => one.includes(':') === (addressType === 'IPv6'));
      if (ip === undefined || pod.finished) continue;
      const ports = portsOf(service, pod);
      const key = JSON.stringify(ports);
      const group = byPorts.get(key) ?? { ports, endpoints: [] };
      group.endpoints.push(endpointOf(service, pod, ip, zoneOf(pod.node)));
      byPorts.set(key, group);
    }
    if (byPorts.size === 0) groups.push({ addressType, ports: null, endpoints: [] });
    for (const { ports, endpoints } of byPorts.values()) groups.push({ addressType, ports, endpoints });
  }
  return groups;
}

function groupKey(addressType: string, ports: readonly Partial<EndpointPort>[] | null | undefined): string {
  const sorted = (ports ?? []).map(({ name, port, protocol, appProtocol }) => [name, port, protocol, appProtocol]);
  return JSON.stringify([addressType, sorted.sort((a, b) => (String(a) < String(b) ? -1 : 1))]);
}

function identity(endpoint: Endpoint): string {
  return `${endpoint.targetRef?.uid ?? ''} ${endpoint.addresses.join()}`;
}

function fit(group: SliceGroup, slices: readonly EndpointSlice[]): SlicePlan {
  const wanted = new Map(group.endpoints.map((one) => [identity(one), one]));
  const held = slices.map((slice) => {
    const endpoints: Endpoint[] = [];
    for (const old of slice.endpoints ?? []) {
      const endpoint = wanted.get(identity(old));
      if (endpoint === undefined) continue;
      wanted.delete(identity(old));
      endpoints.push(endpoint);
    }
    return { slice, endpoints };
  });
  const waiting = [...wanted.values()];
  const changed = (one: { slice: EndpointSlice; endpoints: Endpoint[] }): boolean =>
    !sameJson(one.endpoints, one.slice.endpoints ?? []);
  // slices that are written anyway are filled first, then the fullest: as few writes as possible
  const order = [...held].sort(
    (a, b) => Number(changed(b)) - Number(changed(a)) || b.endpoints.length - a.endpoints.length,
  );
  for (const one of order) one.endpoints.push(...waiting.splice(0, Math.max(0, sliceLimit - one.endpoints.length)));
  const create: SliceGroup[] = [];
  while (waiting.length > 0) create.push({ ...group, endpoints: waiting.splice(0, sliceLimit) });
  const spare = held.filter((one) => one.endpoints.length === 0);
  const placeholder = group.endpoints.length === 0 ? spare.shift() : undefined;
  if (group.endpoints.length === 0 && placeholder === undefined) create.push(group);
  return {
    create,
    update: held.filter((one) => !spare.includes(one) && changed(one)),
    remove: spare.map(({ slice }) => slice),
  };
}

/** How to get from `existing` to `groups`. */
export function planSlices(groups: readonly SliceGroup[], existing: readonly EndpointSlice[]): SlicePlan {
  const byGroup = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const key = groupKey(slice.addressType, slice.ports);
    byGroup.set(key, [...(byGroup.get(key) ?? []), slice]);
  }
  const plans = groups.map((group) => {
    const key = groupKey(group.addressType, group.ports);
    const slices = byGroup.get(key) ?? [];
    byGroup.delete(key);
    return fit(group, slices);
  });
  return {
    create: plans.flatMap((plan) => plan.create),
    update: plans.flatMap((plan) => plan.update),
    remove: [...plans.flatMap((plan) => plan.remove), ...[...byGroup.values()].flat()],
  };
}
