/** What an ingress keeps for a restart. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Known, knownOf, LastKnown } from '../../../../agent/programs/ingress/last-known.ts';
import type { EndpointSlice } from '../../../../hub/api/endpoint-slice.ts';
import type { Ingress } from '../../../../hub/api/networking.ts';
import type { Service } from '../../../../hub/api/service.ts';
import { silentLog } from '../../../../hub/base/log.ts';
import { eventually } from '../../../support/eventually.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { tempDir } from '../../../support/temp-dir.ts';

const to = (name: string) => ({ service: { name, port: { number: 80 } } });
const ingress: Ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'shop', namespace: 'shop' },
  spec: { defaultBackend: to('first'), rules: [{ http: { paths: [{ pathType: 'Prefix', backend: to('second') }] } }] },
};
const service = (namespace: string, name: string): [string, Service] => [
  `${namespace}/${name}`,
  { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: {} },
];
const slice = (namespace: string, name: string): EndpointSlice => ({
  ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4', endpoints: [] },
  metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
});

describe('what an ingress knew last', () => {
  it('is its Ingresses and what they lead to', () => {
    const services = new Map([service('shop', 'first'), service('shop', 'second'), service('other', 'first')]);
    const slices = [slice('shop', 'second'), slice('other', 'first'), slice('shop', 'third')];
    const known = knownOf([ingress], services, slices);
    assert.deepEqual(
      known.services.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
      ['shop/first', 'shop/second'],
    );
    assert.deepEqual(known.slices, [slices[0]]);
  });

  it('is written privately when it changed, and read; a damaged file counts as none', async (test) => {
    const directory = tempDir(test);
    const path = join(directory, 'last-known.json');
    const clock = manualClock(0);
    let known: Known = { ingresses: [ingress], services: [], slices: [] };
    const kept = new LastKnown({ directory, known: () => known, clock, log: silentLog });
    assert.equal(await kept.read(), undefined);
    await kept.save();
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(await kept.read(), known);
    const { mtimeMs } = statSync(path);
    await kept.save();
    assert.equal(statSync(path).mtimeMs, mtimeMs);
    known = { ...known, ingresses: [] };
    kept.changed();
    clock.advance(29_000);
    await new Promise(setImmediate);
    assert.equal(statSync(path).mtimeMs, mtimeMs);
    clock.advance(1000);
    await eventually('the change', () => readFileSync(path, 'utf8') === JSON.stringify(known));
    known = { ...known, ingresses: [ingress] };
    kept.changed();
    await kept.stop();
    assert.deepEqual(await kept.read(), known);
    writeFileSync(path, '{"ingresses":[{');
    assert.equal(await kept.read(), undefined);
  });
});
