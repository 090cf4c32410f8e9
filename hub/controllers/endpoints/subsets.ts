/** The subsets of an Endpoints object: addresses grouped by the ports they offer. */
import {
  type EndpointAddress,
  type EndpointPort,
  type EndpointSubset,
  isHeadless,
  type Service,
} from '../../api/service.ts';
import { type EndpointPod, targetPort } from './endpoint-pod.ts';

interface Group {
  readonly ports: EndpointPort[];
  readonly ready: EndpointAddress[];
  readonly notReady: EndpointAddress[];
}

/** API: maxCapacity of an Endpoints object. */
const capacity = 1000;

/** The first address of the Pod in the Service's own family. */
function addressOf(service: Service, pod: EndpointPod): string | undefined {
  const six = (service.spec.ipFamilies?.[0] ?? 'IPv4') === 'IPv6';
  return pod.ips.find((ip) => ip.includes(':') === six);
}

function portsOf(service: Service, pod: EndpointPod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetPort(port, pod);
    if (number === undefined) continue;
    ports.push({
      ...(port.name === undefined ? {} : { name: port.name }),
      port: number,
      protocol: port.protocol ?? 'TCP',
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports;
}

function byIp(a: EndpointAddress, b: EndpointAddress): number {
  const key = (ip: string): string =>
    ip.includes(':')
      ? ip
      : ip
          .split('.')
          .map((part) => part.padStart(3, '0'))
          .join('.');
  const x = key(a.ip);
  const y = key(b.ip);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The subsets of `service`. Pods that end are left out unless it publishes addresses that are not ready. */
export function endpointSubsets(service: Service, pods: readonly EndpointPod[]): EndpointSubset[] {
  const all = service.spec.publishNotReadyAddresses === true;
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    const ip = addressOf(service, pod);
    if (ip === undefined || pod.finished || (pod.deleting && !all)) continue;
    const ports = portsOf(service, pod);
    if (ports.length === 0 && !(isHeadless(service) && (service.spec.ports ?? []).length === 0)) continue;
    const key = JSON.stringify(ports);
    let group = groups.get(key);
    if (group === undefined) {
      group = { ports, ready: [], notReady: [] };
      groups.set(key, group);
    }
    const hostname = pod.hostname !== '' && pod.subdomain === service.metadata.name ? { hostname: pod.hostname } : {};
    const node = pod.node === '' ? {} : { nodeName: pod.node };
    (all || pod.ready ? group.ready : group.notReady).push({ ip, ...hostname, ...node, targetRef: pod.target });
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, ready, notReady }]) => ({
      ...(ready.length === 0 ? {} : { addresses: ready.sort(byIp) }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady.sort(byIp) }),
      ...(ports.length === 0 ? {} : { ports }),
    }));
}

/** API: at most 1000 addresses, ready ones first. `over`: something was left out. */
export function truncated(subsets: readonly EndpointSubset[]): { subsets: EndpointSubset[]; over: boolean } {
  const total = subsets.reduce(
    (sum, one) => sum + (one.addresses?.length ?? 0) + (one.notReadyAddresses?.length ?? 0),
    0,
  );
  if (total <= capacity) return { subsets: [...subsets], over: false };
  let left = capacity;
  const take = (list: EndpointAddress[] | undefined): EndpointAddress[] => {
    const part = (list ?? []).slice(0, left);
    left -= part.length;
    return part;
  };
  const ready = subsets.map((one) => take(one.addresses));
  const result = subsets.map((one, at) => {
    const notReady = take(one.notReadyAddresses);
    const addresses = ready[at] ?? [];
    return {
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
      ...(one.ports === undefined ? {} : { ports: one.ports }),
    };
  });
  return {
    subsets: result.filter((one) => one.addresses !== undefined || one.notReadyAddresses !== undefined),
    over: true,
  };
}
