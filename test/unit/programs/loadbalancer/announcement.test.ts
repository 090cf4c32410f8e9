/** Which node answers for an address, and what it carries itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressesAt, announcer } from '../../../../agent/programs/loadbalancer/announcement.ts';
import { targetsIn } from '../../../../agent/programs/loadbalancer/neighbours.ts';
import { Pool } from '../../../../agent/programs/loadbalancer/pool.ts';
import { relayedPorts } from '../../../../agent/programs/loadbalancer/relayed.ts';
import { type View, wayOf } from '../../../../agent/programs/loadbalancer/view.ts';
import type { EndpointSlice } from '../../../../hub/api/endpoint-slice.ts';
import type { Node } from '../../../../hub/api/node.ts';
import type { Pod } from '../../../../hub/api/pod.ts';
import type { Service, ServiceSpec } from '../../../../hub/api/service.ts';
import { covers, parseRange } from '../../../../hub/base/ranges.ts';

const pool = new Pool('10.0.0.0/24');
const names = ['n1', 'n2', 'n3'];
const ready = (status: string): { type: string; status: string } => ({ type: 'Ready', status });

const service = (spec: Partial<ServiceSpec> = {}, address = '10.0.0.1'): Service => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' } },
  spec: { type: 'LoadBalancer', ...spec },
  status: { loadBalancer: { ingress: [{ ip: address }] } },
});

const node = (name: string, conditions: object[], labels: Record<string, string> = {}): Node =>
  ({ metadata: { name, labels }, status: { conditions } }) as unknown as Node;

interface Circumstances {
  away?: string[];
  local?: string[];
  labelled?: string[];
  broken?: string[];
  without?: string[];
}

const view = (services: Service[], { away, local, labelled, broken, without }: Circumstances = {}): View => ({
  services,
  slices: [
    {
      ...{ addressType: 'IPv4', ports: [{ name: '', port: 8080 }] },
      metadata: { namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: [
        ...(local ?? []).map((nodeName) => ({ addresses: [`192.0.2.${nodeName.slice(1)}`], nodeName })),
        { addresses: ['192.0.2.9'], nodeName: 'n1', conditions: { ready: false } },
      ],
    } as unknown as EndpointSlice,
  ],
  nodes: names.map((name) => {
    const network = { type: 'NetworkUnavailable', status: broken?.includes(name) ? 'True' : 'False' };
    const labels = labelled?.includes(name) ? { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } : {};
    return node(name, [ready(away?.includes(name) ? 'Unknown' : 'True'), network], labels);
  }),
  pods: names.map((nodeName) => {
    const status = { conditions: [ready(without?.includes(nodeName) ? 'False' : 'True')] };
    return { metadata: {}, spec: { nodeName }, status } as unknown as Pod;
  }),
});
const at = (seen: View): string[] => names.filter((name) => addressesAt(name, seen, pool).size > 0);

describe('the node that answers for an address', () => {
  it('is exactly one, and another when it cannot', () => {
    const services = [service()];
    const [first = '', ...rest] = at(view(services));
    assert.deepEqual(rest, []);
    for (const why of ['away', 'labelled', 'broken', 'without'] as const) {
      const [second, ...others] = at(view(services, { [why]: [first] }));
      assert.deepEqual(others, [], why);
      assert.ok(second !== undefined && second !== first, why);
    }
    assert.deepEqual(at(view(services, { away: names })), []);
  });

  it('has endpoints of a Service whose traffic stays local', () => {
    const services = [service({ externalTrafficPolicy: 'Local' })];
    assert.deepEqual(at(view(services, { local: ['n2'] })), ['n2']);
    assert.deepEqual(at(view(services, { local: ['n2'], away: ['n2'] })), []);
    assert.deepEqual(at(view(services)), []);
  });

  it('answers for none of another pool, class or type', () => {
    assert.deepEqual(at(view([service({}, '192.0.2.1')])), []);
    assert.deepEqual(at(view([service({ loadBalancerClass: 'example.org/other' })])), []);
    assert.deepEqual(at(view([service({ type: 'NodePort' })])), []);
  });

  it('stays when others come', () => {
    const addresses = Array.from({ length: 50 }, (_, index) => `10.0.0.${index}`);
    const moved = addresses.filter((address) => {
      const before = announcer(address, names);
      const after = announcer(address, [...names, 'n4']);
      return before !== after && after !== 'n4';
    });
    assert.deepEqual(moved, []);
  });
});

describe('the way of packets from a node', () => {
  it('is its rules, this program, or none with the reason', () => {
    const network = { type: 'NetworkUnavailable', status: 'True', message: 'nft is not installed' };
    assert.equal(wayOf(node('a', [{ ...network, status: 'False' }])), 'rules');
    assert.equal(wayOf(node('a', [ready('True')])), 'relay');
    assert.deepEqual(wayOf(node('a', [network])), {
      trouble: 'node a has no network for Services: nft is not installed',
    });
  });

  it('leads by TCP to endpoints that are ready, of the node alone where that is asked for; the rest is told', () => {
    const ports = [{ port: 80, targetPort: 8080 }];
    const held = new Set(['10.0.0.1']);
    const hosts = (spec: Partial<ServiceSpec>): string[] =>
      relayedPorts(held, view([service({ ports, ...spec })], { local: ['n2', 'n3'] }), 'n2').ports.flatMap((one) =>
        one.endpoints.map(({ host, port }) => `${one.address}:${one.port} ${host}:${port}`),
      );
    assert.deepEqual(hosts({}), ['10.0.0.1:80 192.0.2.2:8080', '10.0.0.1:80 192.0.2.3:8080']);
    assert.deepEqual(hosts({ externalTrafficPolicy: 'Local' }), ['10.0.0.1:80 192.0.2.2:8080']);
    const mixed = service({ ports: [...ports, { name: 'dns', port: 53, protocol: 'UDP' }] });
    const { ports: found, left } = relayedPorts(held, view([mixed]), 'n2');
    assert.deepEqual(
      found.map(({ port }) => port),
      [80],
    );
    assert.match(left[0]?.[1] ?? '', /carries TCP alone: 53\/UDP is not reached at 10.0.0.1/);
    assert.deepEqual(relayedPorts(new Set(), view([mixed]), 'n2'), { ports: [], left: [] });
  });
});

describe('neighbours that are asked for', () => {
  it('are within the network', () => {
    for (const cidr of ['10.0.0.0/24', '192.168.3.4/30', '223.255.255.0/29']) {
      const range = parseRange(cidr);
      assert.ok(range !== undefined);
      for (const random of [() => 0, () => 0.999_999])
        for (const target of targetsIn(range, random)) {
          const one = parseRange(target);
          assert.ok(one !== undefined && covers(range, one) && one.first !== range.first, target);
        }
    }
  });
});
