/** APIServices: which the hub keeps, and when their servers are said to be available. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { APIService } from '../../../hub/api/api-service.ts';
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { Service } from '../../../hub/api/service.ts';
import { verdictOf, withSaid } from '../../../hub/controllers/api-services/verdict.ts';
import {
  builtInService,
  customService,
  type Deed,
  deedOf,
  groupVersionOf,
} from '../../../hub/controllers/api-services/wanted.ts';

const onStart = builtInService('apps', 'v1') as APIService;
const measured = builtInService('metrics.k8s.io', 'v1beta1') as APIService;
const always = customService('x.io', 'v1');
const foreign: APIService = { ...always, metadata: { name: 'v1.x.io' } };
const other = (of: APIService): APIService => ({
  ...of,
  spec: { ...of.spec, groupPriorityMinimum: 7, versionPriority: 7 },
});

test('names are taken apart at the first dot', () => {
  assert.deepEqual(groupVersionOf('v1.'), { group: '', version: 'v1' });
  assert.deepEqual(groupVersionOf('v1beta1.a.b.io'), { group: 'a.b.io', version: 'v1beta1' });
  assert.equal(builtInService('apiregistration.k8s.io', 'v1'), undefined);
});

test('what is to be done about an APIService is as the table of Kubernetes says', () => {
  const rows: [string, APIService | undefined, APIService | undefined, boolean, boolean, Deed][] = [
    ['neither there nor wanted', undefined, undefined, false, false, 'nothing'],
    ['wanted once', undefined, onStart, false, false, 'create'],
    ['wanted once, and taken away since', undefined, onStart, true, false, 'nothing'],
    ['wanted always, and taken away since', undefined, always, true, true, 'create'],
    ['of somebody else', foreign, always, false, true, 'nothing'],
    ['of somebody else, not wanted', foreign, undefined, false, true, 'nothing'],
    ['kept at start, changed while the hub was down', other(onStart), onStart, false, true, 'update'],
    ['kept at start, changed since', other(onStart), onStart, true, true, 'nothing'],
    ['kept at start, wanted no more', onStart, undefined, false, true, 'delete'],
    ['kept at start, made by somebody since', onStart, undefined, false, false, 'nothing'],
    ['kept always, changed', other(always), always, true, true, 'update'],
    ['kept always, wanted no more', always, undefined, true, true, 'delete'],
    ['as it should be', always, always, true, true, 'nothing'],
    ['of a metrics server', other(measured), measured, false, true, 'nothing'],
    ['of nobody, for what nodes measure', undefined, measured, true, false, 'create'],
  ];
  for (const [what, current, wanted, isSettled, wasThere, deed] of rows) {
    assert.equal(deedOf({ current, wanted, isSettled, wasThere }), deed, what);
  }
});

const remote: APIService = { ...foreign, spec: { ...always.spec, service: { name: 's', namespace: 'n' } } as never };
const service = (spec: object): Service => ({ metadata: {}, spec }) as unknown as Service;
const listening = service({ ports: [{ port: 443, name: 'https' }] });
const slice = (ready: boolean, name: string): EndpointSlice =>
  ({
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
    ports: [{ name, port: 8443 }],
  }) as unknown as EndpointSlice;

test('an APIService is unavailable for the reasons Kubernetes gives, and asked when there is none', () => {
  const said = (found: Service | undefined, slices: EndpointSlice[] = []): (string | undefined)[] => {
    const verdict = verdictOf(remote, { service: found, slices });
    return [verdict?.reason, verdict?.message];
  };
  assert.equal(verdictOf(always, { service: undefined, slices: [] })?.reason, 'Local');
  assert.deepEqual(said(undefined), ['ServiceNotFound', 'service/s in "n" is not present']);
  assert.deepEqual(said(service({ ports: [{ port: 80 }] })), [
    'ServicePortError',
    'service/s in "n" is not listening on port 443',
  ]);
  assert.deepEqual(said(listening), ['EndpointsNotFound', 'cannot find endpointslices for service/s in "n"']);
  const missing = 'endpointslices for service/s in "n" have no addresses with port name "https"';
  assert.deepEqual(said(listening, [slice(false, 'https')]), ['MissingEndpoints', missing]);
  assert.deepEqual(said(listening, [slice(true, 'http')]), ['MissingEndpoints', missing]);
  assert.deepEqual(said(listening, [slice(false, 'https'), slice(true, 'https')]), [undefined, undefined]);
  assert.deepEqual(said(service({ type: 'ExternalName' })), [undefined, undefined]);
});

test('a condition keeps its time while its status stays, and nothing new is nothing', () => {
  const first = withSaid([], { status: 'False', reason: 'A', message: 'a' }, 'one');
  assert.deepEqual(first, [
    { type: 'Available', status: 'False', lastTransitionTime: 'one', reason: 'A', message: 'a' },
  ]);
  assert.equal(withSaid(first, { status: 'False', reason: 'A', message: 'a' }, 'two'), first);
  assert.equal(withSaid(first, { status: 'False', reason: 'B', message: 'a' }, 'two')[0]?.lastTransitionTime, 'one');
  assert.equal(withSaid(first, { status: 'True', reason: 'B', message: 'a' }, 'two')[0]?.lastTransitionTime, 'two');
});
