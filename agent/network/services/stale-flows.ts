/** UDP flows the kernel remembers that lead somewhere else since Services changed. Pure. */
import type { ProxyPort } from './proxy-model.ts';

/** Flows to one endpoint, or to one address of a Service. TCP needs none of this: its connections end by themselves. */
export type Flows =
  | { readonly kind: 'endpoint'; readonly ip: string; readonly port: number }
  | { readonly kind: 'service'; readonly ip: string | undefined; readonly port: number };

const reachable = ({ endpoints }: ProxyPort): { ip: string; port: number }[] => [
  ...new Set([...endpoints.cluster, ...endpoints.local]),
];

/** Flows to endpoints that are gone, and those that were not directed anywhere while a Service had no endpoint. */
export function staleFlows(before: readonly ProxyPort[], after: readonly ProxyPort[]): Flows[] {
  const flows: Flows[] = [];
  const next = new Map(after.filter(({ protocol }) => protocol === 'udp').map((port) => [port.id, port]));
  for (const old of before) {
    if (old.protocol !== 'udp') continue;
    const now = new Set((next.has(old.id) ? reachable(next.get(old.id) as ProxyPort) : []).map(socket));
    for (const { ip, port } of reachable(old).filter((one) => !now.has(socket(one))))
      flows.push({ kind: 'endpoint', ip, port });
  }
  const had = new Map(before.map((port) => [port.id, reachable(port).length > 0]));
  for (const port of next.values()) {
    if (reachable(port).length === 0 || had.get(port.id) === true) continue;
    for (const ip of [port.clusterIP, ...port.external]) flows.push({ kind: 'service', ip, port: port.port });
    if (port.nodePort !== undefined) flows.push({ kind: 'service', ip: undefined, port: port.nodePort });
  }
  return flows;
}

/** `src=… dst=… sport=… dport=…` twice: as the client sends, and as answers come. */
const direction = 'src=(\\S+) dst=(\\S+) sport=(\\d+) dport=(\\d+)';
const flowLine = new RegExp(`${direction}.*? ${direction}`);

/**
 * Of the flows `list` tells (lines of conntrack), those to addresses of these ports that lead to none of their endpoints: what
 * was left from before this agent started. Ports without endpoints are not looked at: nothing passes there.
 */
export function strayFlows(list: string, ports: readonly ProxyPort[]): Flows[] {
  const targets = new Map<string, Set<string>>();
  for (const port of ports) {
    if (port.protocol !== 'udp' || reachable(port).length === 0) continue;
    const own = new Set(reachable(port).map(socket));
    for (const ip of [port.clusterIP, ...port.external]) targets.set(socket({ ip, port: port.port }), own);
  }
  const found = new Map<string, Flows>();
  for (const line of list.split('\n')) {
    const [, , to = '', , toPort = '', from = '', , fromPort = ''] = flowLine.exec(line) ?? [];
    const answered = { ip: from, port: Number(fromPort) };
    if (targets.get(socket({ ip: to, port: Number(toPort) }))?.has(socket(answered)) !== false) continue;
    // not directed at all: the answer is to come from the Service's own address
    found.set(socket(answered), { kind: from === to ? 'service' : 'endpoint', ...answered });
  }
  return [...found.values()];
}

const socket = ({ ip, port }: { ip: string; port: number }): string => `${ip} ${port}`;
