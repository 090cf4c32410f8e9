/** Which rule of which Ingress answers, what of a request is believed, and which Secret goes with a name. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { targetOf } from '../../../../agent/programs/ingress/address.ts';
import { Backends, keepService, keepSlice } from '../../../../agent/programs/ingress/backends.ts';
import { secretsByHost } from '../../../../agent/programs/ingress/certificates.ts';
import { answerHeaders, requestHeaders } from '../../../../agent/programs/ingress/headers.ts';
import { findRoute, hasClass, makeRoutes } from '../../../../agent/programs/ingress/routes.ts';
import type { EndpointSlice } from '../../../../hub/api/endpoint-slice.ts';
import type { Ingress, IngressSpec } from '../../../../hub/api/networking.ts';
import type { Service } from '../../../../hub/api/service.ts';

let age = 0;
/** An Ingress; each is younger than the one before. */
const ingress = (name: string, spec: IngressSpec, annotations: Record<string, string> = {}): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'shop', creationTimestamp: `2030-01-01T00:00:${10 + age++}Z`, annotations },
  spec,
});
const to = (name: string) => ({ service: { name, port: { number: 80 } } });
const path = (pathType: string, at: string, name: string) => ({ pathType, path: at, backend: to(name) });
const rule = (host: string | undefined, ...paths: ReturnType<typeof path>[]) => ({
  ...(host === undefined ? {} : { host }),
  http: { paths },
});

describe('routes of Ingresses', () => {
  const routes = makeRoutes([
    ingress('main', {
      defaultBackend: to('lost'),
      rules: [
        rule(
          'a.example.org',
          path('Prefix', '/', 'root'),
          path('Prefix', '/foo', 'foo'),
          path('Prefix', '/foo/bar/', 'bar'),
          path('Exact', '/foo', 'exact'),
          path('Exact', '/end/', 'slash'),
        ),
        rule('*.example.org', path('ImplementationSpecific', '/wild', 'wild')),
        rule(undefined, path('Prefix', '/any', 'any')),
      ],
    }),
    ingress('later', { defaultBackend: to('never'), rules: [rule('a.example.org', path('Prefix', '/foo', 'later'))] }),
  ]);
  const cases: [string, string, string][] = [
    ['a.example.org', '/', 'root'],
    ['a.example.org', '/foo', 'exact'],
    ['a.example.org', '/foo/', 'foo'],
    ['a.example.org', '/foo/x', 'foo'],
    ['a.example.org', '/foobar', 'root'],
    ['a.example.org', '/foo/bar', 'bar'],
    ['a.example.org', '/foo/bar/x', 'bar'],
    ['a.example.org', '/foo/barx', 'foo'],
    ['a.example.org', '/end/', 'slash'],
    ['a.example.org', '/end', 'root'],
    ['b.example.org', '/wild/x', 'wild'],
    ['b.example.org', '/any', 'lost'],
    ['b.c.example.org', '/wild', 'lost'],
    ['example.org', '/any/x', 'any'],
    ['', '/any', 'any'],
    ['example.org', '/', 'lost'],
  ];
  for (const [host, at, wanted] of cases)
    it(`${host || 'no host'} ${at} goes to ${wanted}`, () => {
      assert.equal(findRoute(routes, host, at)?.backend?.service, wanted);
    });

  it('know nobody for what nobody asked for, and no Service behind a resource', () => {
    assert.equal(findRoute(makeRoutes([]), 'a', '/'), undefined);
    const resource = { kind: 'Bucket', name: 'b', apiGroup: 'example.org' };
    const route = findRoute(makeRoutes([ingress('bucket', { defaultBackend: { resource } })]), 'a', '/');
    assert.deepEqual(route, { backend: undefined, redirect: false, maxBody: undefined });
  });

  it('have what annotations say, and belong to a class', () => {
    const annotations = { 'ingress.coracle.io/ssl-redirect': 'true', 'ingress.coracle.io/max-body': '1Ki' };
    const route = findRoute(makeRoutes([ingress('noted', { defaultBackend: to('x') }, annotations)]), 'a', '/');
    assert.equal(route?.redirect, true);
    assert.equal(route?.maxBody, 1024);
    assert.equal(hasClass(ingress('named', { ingressClassName: 'coracle' }), 'coracle'), true);
    assert.equal(hasClass(ingress('old', {}, { 'kubernetes.io/ingress.class': 'coracle' }), 'coracle'), true);
    assert.equal(hasClass(ingress('none', {}), 'coracle'), false);
  });

  it('leave the Secret of a name with who was there first', () => {
    const one = ingress('one', { tls: [{ hosts: ['A.example.org', '*.example.org'], secretName: 'one' }] });
    const two = ingress('two', { rules: [rule('b.org')], tls: [{ secretName: 'two' }] });
    const three = ingress('three', { tls: [{ hosts: ['a.example.org'], secretName: 'three' }] });
    assert.deepEqual(
      [...secretsByHost([three, two, one])],
      [
        ['a.example.org', 'shop/one'],
        ['*.example.org', 'shop/one'],
        ['b.org', 'shop/two'],
      ],
    );
  });
});

describe('a request', () => {
  const cases: [string, string | undefined, string][] = [
    ['/a?b=/../c', 'Example.ORG:8080', 'example.org /a /a?b=/../c'],
    ['/', 'example.org.', 'example.org / /'],
    ['/', undefined, ' / /'],
    ['/', '[::1]:80', '[::1] / /'],
    ['http://other.org/x?y', 'example.org', 'other.org /x /x?y'],
    ['http://other.org?y', 'example.org', 'other.org / /?y'],
    ['/a/../b', 'example.org', 'refused'],
    ['/a/%2e%2E/b', 'example.org', 'refused'],
    ['*', 'example.org', 'refused'],
    ['/', 'user@example.org', 'refused'],
  ];
  for (const [url, host, wanted] of cases)
    it(`${url} at ${host ?? 'no host'} is ${wanted}`, () => {
      const found = targetOf(url, host);
      assert.equal(found === undefined ? 'refused' : `${found.host} ${found.path} ${found.asked}`, wanted);
    });

  it('goes on without what is of its connection, and without what a client claims about itself', () => {
    const raw = 'Host,a.org,Connection,close; X-Mine,X-Kept,1,X-Forwarded-For,9.9.9.9,Expect,100-continue'.split(',');
    const origin = { address: '::ffff:192.0.2.1', port: 80, isEncrypted: false };
    assert.equal(
      requestHeaders(['Connection', 'X-Mine', 'X-Mine', '1', ...raw], origin).join(' '),
      'Host a.org X-Kept 1 X-Forwarded-For 192.0.2.1 X-Real-IP 192.0.2.1 X-Forwarded-Host a.org X-Forwarded-Port 80 X-Forwarded-Proto http',
    );
    assert.deepEqual(answerHeaders(['Set-Cookie', 'a', 'Set-Cookie', 'b', 'Transfer-Encoding', 'chunked']), [
      ...['Set-Cookie', 'a', 'Set-Cookie', 'b'],
    ]);
  });
});

describe('backends', () => {
  const service = {
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  } as Service;
  const slice = (...endpoints: [string, boolean, boolean][]): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    ports: [{ name: 'http', port: 8080 }],
    endpoints: endpoints.map(([ip, ready, serving]) => ({ addresses: [ip], conditions: { ready, serving } })),
  });
  const backend = (port: number | string) => ({ namespace: 'shop', service: 'web', port });

  it('are those that are ready, each in its turn, by number and by name', () => {
    const slices = new Map([['shop/web-1', slice(['1', true, true], ['2', true, true], ['3', false, true])]]);
    const services = new Map([['shop/web', service]]);
    const backends = new Backends({ services, slices, externalNames: false, refused: () => {} });
    assert.equal(backends.choose(backend(81), 3), undefined);
    const first = backends.choose(backend(80), 3)?.map(({ host }) => host);
    const second = backends.choose(backend('http'), 1)?.map(({ host }) => host);
    assert.deepEqual([...(first ?? [])].sort(), ['1', '2']);
    assert.deepEqual(second, [first?.[1]]);
    slices.set('shop/web-1', slice(['1', false, false], ['3', false, true]));
    backends.forget();
    assert.deepEqual(backends.choose(backend(80), 3), [{ host: '3', port: 8080 }]);
    slices.clear();
    backends.forget();
    assert.deepEqual(backends.choose(backend(80), 3), []);
  });

  it('are names outside only where that is wanted, and it is said once where it is not', () => {
    const outside = keepService({
      ...service,
      spec: { type: 'ExternalName', externalName: 'shop.example.net', clusterIP: '10.0.0.1' },
    });
    const services = new Map([['shop/web', outside]]);
    const told: string[] = [];
    const without = new Backends({
      services,
      slices: new Map(),
      externalNames: false,
      refused: (key) => told.push(key),
    });
    assert.equal(without.choose(backend(443), 3), undefined);
    assert.equal(without.choose(backend(443), 3), undefined);
    assert.deepEqual(told, ['shop/web']);
    const served = new Backends({ services, slices: new Map(), externalNames: true, refused: () => {} });
    assert.deepEqual(served.choose(backend(443), 3), [{ host: 'shop.example.net', port: 443 }]);
    assert.equal(served.choose(backend('http'), 3), undefined);
  });
});

it('a slice without endpoints is kept as such', () => {
  const written = { ports: null, endpoints: null, addressType: 'IPv4', metadata: { name: 'a', namespace: 'b' } };
  const kept = keepSlice(written as unknown as EndpointSlice);
  assert.deepEqual([kept.ports, kept.endpoints], [[], []]);
});
