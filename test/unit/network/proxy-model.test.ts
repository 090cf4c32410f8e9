/** What a node makes of Services: which ports, which addresses, which endpoints (kube-proxy's rules, v1.36). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodePlace } from '../../../agent/network/services/endpoint-choice.ts';
import { type ProxyPort, proxyModel } from '../../../agent/network/services/proxy-model.ts';
import { staleFlows } from '../../../agent/network/services/stale-flows.ts';
import type { Endpoint } from '../../../hub/api/endpoint-slice.ts';
import type { ServiceSpec } from '../../../hub/api/service.ts';
import { endpointOn, serviceObject, sliceObject } from '../../support/service-objects.ts';

const here: NodePlace = { name: 'n1', zone: 'east' };
const draining = { ready: false, serving: true, terminating: true };
const dying = { ready: false, serving: false, terminating: true };
const unready = { ready: false, serving: false, terminating: false };

function onlyPort(endpoints: readonly Endpoint[], spec: Partial<ServiceSpec> = {}): ProxyPort {
  const [port, ...more] = proxyModel(serviceObject('web', spec), [sliceObject('web', endpoints)], here);
  assert.ok(port !== undefined && more.length === 0);
  return port;
}

const ips = (list: readonly { ip: string }[]): string[] => list.map(({ ip }) => ip);

describe('the endpoints a node uses', () => {
  const cases: readonly [string, readonly Endpoint[], { cluster: string[]; local: string[]; any: boolean }][] = [
    ['none', [], { cluster: [], local: [], any: false }],
    [
      'the ready ones; local ones for policy Local',
      [
        endpointOn('n1', '10.0.0.1'),
        endpointOn('n2', '10.0.0.2'),
        endpointOn('n1', '10.0.0.3', { conditions: unready }),
      ],
      { cluster: ['10.0.0.1', '10.0.0.2'], local: ['10.0.0.1'], any: true },
    ],
    [
      'one of which nothing is said is ready',
      [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'], conditions: { ready: true } }],
      { cluster: ['10.0.0.1', '10.0.0.2'], local: [], any: true },
    ],
    [
      'those that terminate and serve when none is ready',
      [endpointOn('n1', '10.0.0.1', { conditions: draining }), endpointOn('n1', '10.0.0.2', { conditions: dying })],
      { cluster: ['10.0.0.1'], local: ['10.0.0.1'], any: true },
    ],
    [
      'those that terminate only where none is ready: each policy by itself',
      [endpointOn('n1', '10.0.0.1', { conditions: draining }), endpointOn('n2', '10.0.0.2')],
      { cluster: ['10.0.0.2'], local: ['10.0.0.1'], any: true },
    ],
    [
      'those hinted for the zone',
      [
        endpointOn('n2', '10.0.0.1', { hints: { forZones: [{ name: 'east' }] } }),
        endpointOn('n3', '10.0.0.2', { hints: { forZones: [{ name: 'west' }] } }),
      ],
      { cluster: ['10.0.0.1'], local: [], any: true },
    ],
    [
      'those hinted for the node before those hinted for its zone',
      [
        endpointOn('n1', '10.0.0.1', { hints: { forNodes: [{ name: 'n1' }], forZones: [{ name: 'east' }] } }),
        endpointOn('n2', '10.0.0.2', { hints: { forNodes: [{ name: 'n2' }], forZones: [{ name: 'east' }] } }),
      ],
      { cluster: ['10.0.0.1'], local: ['10.0.0.1'], any: true },
    ],
    [
      'all, when a ready one has no hint',
      [
        endpointOn('n2', '10.0.0.1', { hints: { forZones: [{ name: 'east' }] } }),
        endpointOn('n3', '10.0.0.2'),
        endpointOn('n3', '10.0.0.3', { conditions: unready }),
      ],
      { cluster: ['10.0.0.1', '10.0.0.2'], local: [], any: true },
    ],
    [
      'all, when none is hinted for here',
      [
        endpointOn('n2', '10.0.0.1', { hints: { forZones: [{ name: 'west' }] } }),
        endpointOn('n3', '10.0.0.2', { hints: { forZones: [{ name: 'north' }] } }),
      ],
      { cluster: ['10.0.0.1', '10.0.0.2'], local: [], any: true },
    ],
  ];
  for (const [name, endpoints, wanted] of cases)
    it(name, () => {
      const { cluster, local, any } = onlyPort(endpoints).endpoints;
      assert.deepEqual({ cluster: ips(cluster), local: ips(local), any }, wanted);
    });

  it('come from several slices, each once, by the name of the port', () => {
    const service = serviceObject('web', {
      ports: [
        { name: 'http', port: 80, targetPort: 'web' },
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'other', port: 99 },
      ],
    });
    const slices = [
      sliceObject('web', [endpointOn('n1', '10.0.0.1')]),
      sliceObject('web', [endpointOn('n1', '10.0.0.1'), endpointOn('n2', '10.0.0.2')]),
      sliceObject('web', [endpointOn('n2', '10.0.0.3')], { ports: [{ name: 'http', port: 9090 }] }),
      sliceObject('web', [endpointOn('n2', 'fd00::3')], { addressType: 'IPv6' }),
      sliceObject('web', [endpointOn('n2', 'a.example')], { addressType: 'FQDN' }),
    ];
    const sockets = proxyModel(service, slices, here).map(({ endpoints }) =>
      endpoints.cluster.map(({ ip, port }) => `${ip}:${port}`),
    );
    assert.deepEqual(sockets, [
      ['10.0.0.1:8080', '10.0.0.2:8080', '10.0.0.3:9090'],
      ['10.0.0.1:8053', '10.0.0.2:8053'],
      [],
    ]);
  });
});

describe('the ports a node serves', () => {
  const none: readonly [string, Partial<ServiceSpec>, Record<string, string>][] = [
    ['a headless Service', { clusterIP: 'None' }, {}],
    ['one without an address', { clusterIP: '' }, {}],
    ['an ExternalName', { type: 'ExternalName', externalName: 'a.example' }, {}],
    ['one of another proxy', {}, { 'service.kubernetes.io/service-proxy-name': 'other' }],
    ['one marked headless', {}, { 'service.kubernetes.io/headless': '' }],
    ['SCTP', { ports: [{ port: 80, protocol: 'SCTP' }] }, {}],
  ];
  for (const [name, spec, labels] of none)
    it(`not of ${name}`, () => {
      const service = serviceObject('web', spec, { metadata: { namespace: 'default', name: 'web', labels } });
      assert.deepEqual(proxyModel(service, [sliceObject('web', [endpointOn('n1', '10.0.0.1')])], here), []);
    });

  it('not of one each node answers for itself', () => {
    const metadata = { namespace: 'kube-system', name: 'kube-dns', annotations: { 'coracle.io/node-local': 'true' } };
    assert.deepEqual(proxyModel(serviceObject('kube-dns', {}, { metadata }), [], here), []);
  });

  it('at both families of addresses', () => {
    const service = serviceObject('web', { clusterIPs: ['10.152.0.9', 'fd00::9'] });
    const slices = [
      sliceObject('web', [endpointOn('n1', '10.0.0.1')]),
      sliceObject('web', [endpointOn('n1', 'fd00::1')], { addressType: 'IPv6' }),
    ];
    const found = proxyModel(service, slices, here).map(({ id, family, clusterIP, endpoints }) => [
      ...[id, family, clusterIP],
      ...ips(endpoints.cluster),
    ]);
    assert.deepEqual(found, [
      ['default/web/tcp/http', 'ip', '10.152.0.9', '10.0.0.1'],
      ['v6/default/web/tcp/http', 'ip6', 'fd00::9', 'fd00::1'],
    ]);
  });

  it('at external and load balancer addresses, except those packets are to go to', () => {
    const status = {
      loadBalancer: { ingress: [{ ip: '5.6.7.8' }, { ip: '5.6.7.9', ipMode: 'Proxy' }, { hostname: 'a' }] },
    };
    const spec = {
      type: 'LoadBalancer',
      externalIPs: ['1.2.3.4', 'fd00::4'],
      loadBalancerSourceRanges: [' 10.0.0.0/8'],
    };
    const [port] = proxyModel(serviceObject('web', spec, { status }), [], here);
    assert.deepEqual(port?.external, ['1.2.3.4', '5.6.7.8']);
    assert.deepEqual([port?.balancers, port?.sources], [['5.6.7.8'], ['10.0.0.0/8']]);
  });

  it('and lets nothing through that is no address', () => {
    const externalIPs = ['1.2.3.4; flush ruleset', '1.2.3.5/24/8', '01.2.3.4', '', '1.2.3.6'];
    const endpoints = [endpointOn('n1', 'drop'), endpointOn('n1', '10.0.0.1')];
    const port = onlyPort(endpoints, { externalIPs, loadBalancerSourceRanges: ['10.0.0.0/33', 'all'] });
    assert.deepEqual([port.external, port.sources, ips(port.endpoints.cluster)], [['1.2.3.6'], [], ['10.0.0.1']]);
    assert.deepEqual(proxyModel(serviceObject('web', { clusterIP: '}' }), [], here), []);
  });

  it('with the time a client stays, three hours unless said', () => {
    assert.equal(onlyPort([]).affinity, undefined);
    assert.equal(onlyPort([], { sessionAffinity: 'ClientIP' }).affinity, 10_800);
    const sessionAffinityConfig = { clientIP: { timeoutSeconds: 7 } };
    assert.equal(onlyPort([], { sessionAffinity: 'ClientIP', sessionAffinityConfig }).affinity, 7);
  });

  it('under names the kernel takes, also when they are long', () => {
    const names = ['a', 'b'].map((end) => {
      const service = serviceObject(`${'x'.repeat(62)}${end}`, { ports: [{ name: 'p'.repeat(63), port: 1 }] });
      service.metadata.namespace = 'n'.repeat(63);
      return proxyModel(service, [], here)[0]?.id ?? '';
    });
    assert.notEqual(names[0], names[1]);
    for (const name of names) assert.ok(name.length <= 180 && /^[\w./-]+$/.test(name), name);
  });
});

describe('flows the kernel is to forget', () => {
  const dns = { ports: [{ name: 'dns', port: 53, protocol: 'UDP', nodePort: 30053 }], externalIPs: ['1.2.3.4'] };
  const model = (ends: readonly Endpoint[], spec: Partial<ServiceSpec> = dns): ProxyPort[] =>
    proxyModel(serviceObject('dns', spec), [sliceObject('dns', ends)], here);

  it('are those to UDP endpoints that are gone', () => {
    const before = model([endpointOn('n1', '10.0.0.1'), endpointOn('n1', '10.0.0.2')]);
    const gone = [{ kind: 'endpoint', ip: '10.0.0.1', port: 8053 }];
    assert.deepEqual(staleFlows(before, model([endpointOn('n1', '10.0.0.2')])), gone);
    assert.deepEqual(staleFlows(model([endpointOn('n1', '10.0.0.1')]), []), gone);
    assert.deepEqual(staleFlows(before, before), []);
  });

  it('are those to a Service that had no endpoint and now has one', () => {
    assert.deepEqual(staleFlows(model([]), model([endpointOn('n1', '10.0.0.1')])), [
      { kind: 'service', ip: '10.152.0.9', port: 53 },
      { kind: 'service', ip: '1.2.3.4', port: 53 },
      { kind: 'service', ip: undefined, port: 30053 },
    ]);
  });

  it('are never of TCP', () => {
    const [before, after] = [model([endpointOn('n1', '10.0.0.1')], {}), model([], {})];
    assert.deepEqual([...staleFlows(before, after), ...staleFlows(after, before)], []);
  });
});
