/** Addresses and node ports of Services: filled in, checked, given back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Service, ServiceSpec } from '../../../hub/api/service.ts';
import { ServiceAllocator } from '../../../hub/registry/allocate/service-allocator.ts';

const allocator = (cidr = '10.9.0.0/24'): ServiceAllocator => new ServiceAllocator({ cidr, random: () => 0 });

function service(spec: ServiceSpec, name = 's'): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'ClusterIP', ports: [{ port: 80 }], ...spec },
  };
}

/** Prepares and commits; answers the spec as it is stored. */
function written(from: ServiceAllocator, object: Service | undefined, old?: Service): ServiceSpec {
  from.prepare(object as KubeObject | undefined, old as KubeObject | undefined).commit();
  return object?.spec ?? {};
}

describe('a Service', () => {
  it('gets an address and its family', () => {
    const spec = written(allocator(), service({}));
    assert.equal(spec.clusterIP, '10.9.0.17');
    assert.deepEqual(spec.clusterIPs, ['10.9.0.17']);
    assert.deepEqual([spec.ipFamilies, spec.ipFamilyPolicy], [['IPv4'], 'SingleStack']);
  });

  it('keeps the address it asks for', () => {
    assert.deepEqual(written(allocator(), service({ clusterIP: '10.9.0.7' })).clusterIPs, ['10.9.0.7']);
  });

  it('without address stays so', () => {
    const headless = written(allocator(), service({ clusterIP: 'None', selector: { a: 'b' } }));
    assert.deepEqual([headless.clusterIPs, headless.ipFamilies], [['None'], ['IPv4']]);
    const free = written(allocator(), service({ clusterIP: 'None' }));
    assert.deepEqual([free.ipFamilies, free.ipFamilyPolicy], [['IPv4', 'IPv6'], 'RequireDualStack']);
    const external = written(allocator(), service({ type: 'ExternalName', externalName: 'a.b' }));
    assert.deepEqual([external.clusterIP, external.ipFamilies], [undefined, undefined]);
  });

  it('gets node ports, shared between protocols of one port', () => {
    const spec = written(
      allocator(),
      service({
        type: 'NodePort',
        ports: [
          { name: 'a', port: 53, protocol: 'UDP' },
          { name: 'b', port: 53, protocol: 'TCP' },
          { name: 'c', port: 80 },
        ],
      }),
    );
    const [udp, tcp, web] = (spec.ports ?? []).map((port) => port.nodePort);
    assert.equal(udp, tcp);
    assert.notEqual(udp, web);
    assert.ok((udp ?? 0) >= 30_000 && (udp ?? 0) <= 32_767);
  });

  it('gets a health check port only for local load balancers', () => {
    const local = written(
      allocator(),
      service({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', allocateLoadBalancerNodePorts: false }),
    );
    assert.equal(local.ports?.[0]?.nodePort, undefined);
    assert.ok(local.healthCheckNodePort !== undefined);
  });

  it('takes nothing in a dry run, whatever it is told', () => {
    const from = allocator();
    written(from, service({ type: 'NodePort', clusterIP: '10.9.0.9', ports: [{ port: 1, nodePort: 30_100 }] }));
    const dry = (spec: ServiceSpec): ServiceSpec => {
      const object = service(spec);
      from.prepare(object as unknown as KubeObject, undefined, true).rollback();
      return object.spec;
    };
    assert.equal(dry({}).clusterIP, '10.9.0.0');
    assert.equal(dry({ clusterIP: '10.9.0.9' }).clusterIP, '10.9.0.9');
    const ports = dry({ type: 'NodePort', ports: [{ port: 1 }, { port: 2 }, { port: 3, nodePort: 80 }] }).ports ?? [];
    assert.deepEqual(
      ports.map(({ nodePort }) => nodePort),
      [32_769, 32_770, 80],
    );
    assert.throws(() => dry({ type: 'NodePort', ports: [{ port: 1, nodePort: 30_100 }] }), {
      message: /already allocated/,
    });
    assert.throws(() => written(from, service({ clusterIP: '10.9.0.9' })), { message: /already allocated/ });
  });

  const refused: [name: string, spec: ServiceSpec, message: string][] = [
    [
      'an address outside the range',
      { clusterIP: '1.2.3.4' },
      'spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: the provided IP (1.2.3.4) is not in the valid range. The range of valid IPs is 10.9.0.0/24',
    ],
    [
      'an address that is taken',
      { clusterIP: '10.9.0.9' },
      'spec.clusterIPs: Invalid value: ["10.9.0.9"]: failed to allocate IP 10.9.0.9: provided IP is already allocated',
    ],
    [
      'a node port that is taken',
      { type: 'NodePort', ports: [{ port: 1, nodePort: 30_100 }] },
      'spec.ports[0].nodePort: Invalid value: 30100: provided port is already allocated',
    ],
    [
      'a node port outside the range',
      { type: 'NodePort', ports: [{ port: 1, nodePort: 80 }] },
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [
      'a family there is none of',
      { ipFamilies: ['IPv6'] },
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    ],
    [
      'two families',
      { ipFamilyPolicy: 'RequireDualStack' },
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
  ];
  for (const [name, spec, message] of refused) {
    it(`is refused with ${name}`, () => {
      const from = allocator();
      from.restore([
        service(
          { type: 'NodePort', clusterIP: '10.9.0.9', clusterIPs: ['10.9.0.9'], ports: [{ port: 1, nodePort: 30_100 }] },
          'other',
        ),
      ]);
      assert.throws(() => written(from, service(spec)), { code: 422, message: `Service "s" is invalid: ${message}` });
    });
  }
});

describe('what a Service held', () => {
  it('is free after its deletion', () => {
    const from = allocator();
    const object = service({ clusterIP: '10.9.0.9', type: 'NodePort', ports: [{ port: 1, nodePort: 30_100 }] });
    written(from, object);
    written(from, undefined, object);
    written(from, service({ clusterIP: '10.9.0.9', type: 'NodePort', ports: [{ port: 1, nodePort: 30_100 }] }, 'next'));
  });

  it('is free after a change of type, once that is committed', () => {
    const from = allocator();
    const old = service({ clusterIP: '10.9.0.9', type: 'NodePort', ports: [{ port: 1, nodePort: 30_100 }] });
    written(from, old);
    const wanted = (): Service => service({ clusterIP: '10.9.0.9' }, 'next');
    const change = from.prepare(
      service({ type: 'ExternalName', externalName: 'a.b' }) as KubeObject,
      old as KubeObject,
    );
    assert.throws(() => written(from, wanted()), /already allocated/);
    change.commit();
    written(from, wanted());
  });

  it('is free when the write failed', () => {
    const from = allocator();
    from.prepare(service({ clusterIP: '10.9.0.9' }) as KubeObject, undefined).rollback();
    written(from, service({ clusterIP: '10.9.0.9' }));
  });

  it('stays with it over an update', () => {
    const from = allocator();
    const old = service({});
    written(from, old);
    const next = structuredClone(old);
    assert.equal(written(from, next, old).clusterIP, old.spec.clusterIP);
  });
});

describe('a range', () => {
  it('that is full says so', () => {
    const from = allocator('10.9.0.0/30');
    written(from, service({}, 'a'));
    written(from, service({}, 'b'));
    assert.throws(() => written(from, service({}, 'c')), {
      code: 500,
      message: /failed to allocate a serviceIP: range is full/,
    });
  });

  it('must be IPv4', () => assert.throws(() => allocator('fd00::/64'), /is no IPv4 range/));
});
