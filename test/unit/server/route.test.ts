/** What may still be asked for of a kind whose definition is being deleted. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CustomResourceDefinition } from '../../../hub/api/custom-resource.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { rowsOf } from '../../../hub/kinds/custom/rows.ts';
import type { Call } from '../../../hub/server/call.ts';
import { route } from '../../../hub/server/route.ts';

const names = { plural: 'boats', kind: 'Boat' };
const definition: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'boats.e' },
  spec: {
    group: 'e',
    names,
    scope: 'Cluster',
    versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} } }],
  },
  status: {
    acceptedNames: names,
    conditions: ['Established', 'Terminating'].map((type) => ({ type, status: 'True' })),
  },
};
const catalogue = createCatalogue();
const { served } = rowsOf(definition, { makeRules: () => undefined, read: () => definition });
catalogue.setCustom({ group: 'e', resource: 'boats' }, served);

function ask(verb: string, name: string, subresource = ''): unknown {
  const target = { group: 'e', version: 'v1', resource: 'boats', namespace: '', name, subresource, rest: '' };
  return route(catalogue, { method: 'PUT', verb } as Call, target as never);
}

describe('a kind whose definition is being deleted', () => {
  for (const [verb, name] of [
    ['get', 'b'],
    ['list', ''],
    ['update', 'b'],
    ['patch', 'b'],
    ['delete', 'b'],
  ] as const) {
    it(`allows ${verb}`, () => assert.ok(ask(verb, name)));
  }

  it('lets what looks after its objects report', () => assert.ok(ask('patch', 'b', 'status')));

  it('refuses create', () => {
    const message = 'create not allowed while custom resource definition is terminating';
    assert.throws(() => ask('create', ''), { code: 405, message });
  });

  it('is no longer said to change', () => {
    assert.deepEqual(served[0]?.verbs, ['delete', 'deletecollection', 'get', 'list', 'watch']);
  });
});
