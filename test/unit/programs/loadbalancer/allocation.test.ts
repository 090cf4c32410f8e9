/** Pools, and who gets which address of one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Allocation, allocate } from '../../../../agent/programs/loadbalancer/allocation.ts';
import { Pool } from '../../../../agent/programs/loadbalancer/pool.ts';
import type { Service, ServiceSpec } from '../../../../hub/api/service.ts';

let age = 10;
/** A Service; each is younger than the one before. */
function service(name: string, spec: Partial<ServiceSpec> = {}, held?: string, wanted?: string): [string, Service] {
  const annotations = wanted === undefined ? {} : { 'loadbalancer.coracle.io/address': wanted };
  const made: Service = {
    ...{ apiVersion: 'v1', kind: 'Service', spec: { type: 'LoadBalancer', ...spec } },
    metadata: { name, namespace: 'shop', creationTimestamp: `2030-01-01T00:00:${age++}Z`, annotations },
    status: { loadBalancer: held === undefined ? {} : { ingress: [{ ip: held }] } },
  };
  return [`shop/${name}`, made];
}

describe('a pool', () => {
  it('has ranges, networks and single addresses', () => {
    const pool = new Pool('10.0.0.5-10.0.0.6; 10.0.1.9/31, 10.0.2.1');
    const taken = new Set<string>();
    for (let next = pool.free(taken); next !== undefined; next = pool.free(taken)) taken.add(next);
    assert.deepEqual([...taken], ['10.0.0.5', '10.0.0.6', '10.0.1.8', '10.0.1.9', '10.0.2.1']);
    assert.equal(pool.has('10.0.0.4'), false);
    assert.equal(pool.has('::1'), false);
    assert.equal(pool.isEmpty, false);
  });

  it('may have nothing', () => {
    const pool = new Pool(' ');
    assert.equal(pool.isEmpty, true);
    assert.equal(pool.free(new Set()), undefined);
  });

  for (const [text, why] of [
    ['10.0.0.9-10.0.0.5', /"10.0.0.9-10.0.0.5" is no range/],
    ['10.0.0.1/33', /is no range/],
    ['10.0.0.256', /is no range/],
    ['10.0.0.1-', /is no range/],
    ['10.0.0.1, fd00::1', /"fd00::1" is IPv6/],
    ['10.0.0.0/8', /may have 65536/],
    ['127.0.0.1', /no machine can have/],
    ['224.0.0.5', /no machine can have/],
    ['223.255.255.250-224.0.0.1', /no machine can have/],
  ] as const)
    it(`refuses "${text}"`, () => {
      assert.throws(() => new Pool(text), why);
    });
});

const said = ({ address, problem }: Allocation): string =>
  address ?? (problem === undefined ? 'released' : `${problem.reason}: ${problem.message}`);

describe('addresses of Services', () => {
  const pool = new Pool('10.0.0.1-10.0.0.3');
  const given = (...services: [string, Service][]): Record<string, string> =>
    Object.fromEntries(
      [...allocate(new Map(services), pool)].map(([key, one]) => [key.replace('shop/', ''), said(one)]),
    );
  const exhausted = 'PoolExhausted: every address of the pool is taken';

  it('are those of the pool, kept by who has them, asked for ones first', () => {
    assert.deepEqual(
      given(
        service('any'),
        service('asks', {}, undefined, '10.0.0.1'),
        service('old', { loadBalancerIP: '10.0.0.2' }),
        service('keeps', {}, '10.0.0.3'),
        service('none'),
      ),
      { keeps: '10.0.0.3', asks: '10.0.0.1', old: '10.0.0.2', any: exhausted, none: exhausted },
    );
  });

  it('stay with the older of two, and move when another one is asked for', () => {
    assert.deepEqual(
      given(service('a', {}, '10.0.0.1'), service('b', {}, '10.0.0.1'), service('c', {}, '10.0.0.2', '10.0.0.3')),
      { a: '10.0.0.1', c: '10.0.0.3', b: '10.0.0.2' },
    );
  });

  it('are told why there is none', () => {
    assert.deepEqual(
      given(
        service('taken', {}, '10.0.0.1'),
        service('same', {}, undefined, '10.0.0.1'),
        service('outside', { loadBalancerIP: '10.0.0.9' }),
        service('six', { ipFamilies: ['IPv6'] }),
      ),
      {
        taken: '10.0.0.1',
        same: 'AddressTaken: it asks for 10.0.0.1, which Service shop/taken has',
        outside: 'NotInPool: it asks for 10.0.0.9, which is not in the pool',
        six: 'IPv4Only: it is of IPv6 alone, and this addon gives out IPv4',
      },
    );
    const [key, one] = service('early');
    assert.match(
      said(allocate(new Map([[key, one]]), new Pool('')).get(key) ?? {}),
      /^NoPool: .* enable loadbalancer:/,
    );
  });

  it('are of Services of this class, and are released by others', () => {
    assert.deepEqual(
      given(
        service('own', { loadBalancerClass: 'coracle.io/loadbalancer' }),
        service('was', { type: 'ClusterIP' }, '10.0.0.2'),
        service('plain', { type: 'ClusterIP' }),
      ),
      { own: '10.0.0.1', was: 'released' },
    );
  });

  it('are nobody else’s: nodes have theirs, Services of another class, and those that are not gone yet', () => {
    const [key, ending] = service('ending', {}, '10.0.0.1');
    ending.metadata.deletionTimestamp = '2030-01-02T00:00:00Z';
    const foreign = service('foreign', { loadBalancerClass: 'example.org/other' }, '10.0.0.2');
    assert.deepEqual(given([key, ending], foreign, service('own'), service('late')), {
      own: '10.0.0.3',
      late: exhausted,
    });
    const asks = service('asks', {}, undefined, '10.0.0.1');
    const services = new Map([service('any'), asks]);
    const found = allocate(services, pool, new Map([['10.0.0.1', 'node edge']]));
    assert.deepEqual(
      [...found].map(([name, one]) => [name, said(one)]),
      [
        ['shop/asks', 'AddressTaken: it asks for 10.0.0.1, which node edge has'],
        ['shop/any', '10.0.0.2'],
      ],
    );
  });

  it('may be named as external addresses by the Service itself, and by no other', () => {
    assert.deepEqual(
      given(
        service('both', { externalIPs: ['10.0.0.1'] }, '10.0.0.1'),
        service('named', { type: 'ClusterIP', externalIPs: ['10.0.0.2'] }),
        service('any'),
      ),
      { both: '10.0.0.1', any: '10.0.0.3' },
    );
  });
});
