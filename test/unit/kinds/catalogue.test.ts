/** The catalogue of resources: look-ups, order, storage and changes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareVersions } from '../../../hub/kinds/built-in.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import type { ResourceInfo } from '../../../hub/kinds/kind.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';

const catalogue = createCatalogue();

function found(group: string, version: string, resource: string): ResourceInfo {
  const info = catalogue.find(group, version, resource);
  assert.ok(info, `${group}/${version} ${resource}`);
  return info;
}

describe('the catalogue', () => {
  it('finds resources by plural and by kind', () => {
    const pods = found('', 'v1', 'pods');
    assert.equal(catalogue.byKind('', 'v1', 'Pod'), pods);
    assert.equal(pods.type, 'io.k8s.api.core.v1.Pod');
    assert.deepEqual(pods.shortNames, ['po']);
    assert.deepEqual(pods.categories, ['all']);
    assert.equal(pods.singular, 'pod');
    assert.equal(catalogue.find('', 'v1', 'toasters'), undefined);
  });

  it('names the verbs of the API', () => {
    const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
    assert.deepEqual(found('', 'v1', 'configmaps').verbs, all);
    assert.deepEqual(found('', 'v1', 'componentstatuses').verbs, ['get', 'list']);
    assert.deepEqual(found('', 'v1', 'bindings').verbs, ['create']);
    const exec = found('', 'v1', 'pods').subresources.get('exec');
    assert.deepEqual(exec?.verbs, ['create', 'get']);
    assert.equal(exec?.connect, true);
  });

  it('knows subresources whose bodies are of another group', () => {
    const scale = found('apps', 'v1', 'deployments').subresources.get('scale');
    assert.deepEqual([scale?.group, scale?.version, scale?.kind], ['autoscaling', 'v1', 'Scale']);
    assert.equal(found('', 'v1', 'pods').subresources.get('eviction')?.group, 'policy');
  });

  it('lists the core group first and preferred versions first', () => {
    const groups = catalogue.groupVersions().map(({ group, version }) => `${group}/${version}`);
    assert.equal(groups[0], '/v1');
    assert.ok(groups.indexOf('autoscaling/v2') < groups.indexOf('autoscaling/v1'));
    assert.ok(groups.indexOf('resource.k8s.io/v1beta2') < groups.indexOf('resource.k8s.io/v1beta1'));
  });

  it('orders versions by how stable they are', () => {
    const versions = ['v1alpha1', 'foo', 'v2', 'v1beta1', 'v1', 'v1beta2', 'v10'];
    assert.deepEqual(versions.sort(compareVersions), ['v10', 'v2', 'v1', 'v1beta2', 'v1beta1', 'v1alpha1', 'foo']);
  });

  it('stores each kind of object once', () => {
    const keys = catalogue.stored().map(({ group, resource }) => `${group}/${resource}`);
    assert.equal(new Set(keys).size, keys.length);
    assert.ok(keys.includes('/events') && !keys.includes('events.k8s.io/events'));
    assert.ok(!keys.includes('/componentstatuses') && !keys.includes('authentication.k8s.io/tokenreviews'));
    assert.equal(found('autoscaling', 'v1', 'horizontalpodautoscalers').storage.version, 'v2');
    for (const { resources } of catalogue.groupVersions()) {
      for (const { storage } of resources) assert.ok(catalogue.find(storage.group, storage.version, storage.resource));
    }
  });

  it('has a schema for every kind', () => {
    const schemas = loadSchemas();
    for (const { resources } of catalogue.groupVersions()) {
      for (const { type } of resources) assert.ok(schemas.get(type), type);
    }
  });

  it('takes custom resources in and out', () => {
    const changing = createCatalogue();
    const info: ResourceInfo = {
      ...found('', 'v1', 'configmaps'),
      group: 'example.com',
      version: 'v1',
      resource: 'boats',
      kind: 'Boat',
      storage: { group: 'example.com', version: 'v1', resource: 'boats' },
    };
    changing.setCustom(info, [info]);
    assert.equal(changing.generation, 1);
    assert.equal(changing.find('example.com', 'v1', 'boats'), info);
    assert.equal(changing.groupVersions().at(-2)?.group, 'example.com');
    changing.setCustom(info, []);
    assert.equal(changing.generation, 2);
    assert.equal(changing.byKind('example.com', 'v1', 'Boat'), undefined);
    assert.ok(!changing.groupVersions().some(({ group }) => group === 'example.com'));
  });
});
