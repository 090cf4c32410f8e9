/** The schemas that are read from the tables. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import type { Value } from '../../../hub/kinds/schema.ts';

const schemas = loadSchemas();
const fieldOf = (type: string, field: string) => schemas.get(type)?.fields.get(field);

function referencesOf(value: Value): string[] {
  if (value.is === 'object') return [value.type];
  return value.is === 'list' || value.is === 'map' ? referencesOf(value.item) : [];
}

describe('the schemas', () => {
  it('read every notation of the table', () => {
    const spec = 'io.k8s.api.core.v1.PodSpec';
    assert.deepEqual(fieldOf(spec, 'hostNetwork')?.value, { is: 'boolean' });
    assert.deepEqual(fieldOf(spec, 'priority')?.value, { is: 'integer', format: 'int32' });
    assert.deepEqual(fieldOf(spec, 'overhead')?.value, { is: 'map', item: { is: 'quantity' } });
    assert.deepEqual(fieldOf(spec, 'nodeSelector')?.value, { is: 'map', item: { is: 'string' } });
    const container = { is: 'object', type: 'io.k8s.api.core.v1.Container' };
    assert.deepEqual(fieldOf(spec, 'containers')?.value, { is: 'list', item: container });
    assert.deepEqual(fieldOf('io.k8s.api.core.v1.ServicePort', 'targetPort')?.value, { is: 'int-or-string' });
    assert.deepEqual(fieldOf('io.k8s.api.apps.v1.ControllerRevision', 'data')?.value, { is: 'any' });
    assert.deepEqual(fieldOf('io.k8s.api.core.v1.PodStatus', 'startTime')?.value, {
      is: 'string',
      format: 'date-time',
    });
    const renewTime = fieldOf('io.k8s.api.coordination.v1.LeaseSpec', 'renewTime');
    assert.deepEqual(renewTime?.value, { is: 'string', format: 'micro-time' });
  });

  it('know how lists and maps merge', () => {
    const ports = fieldOf('io.k8s.api.core.v1.ServiceSpec', 'ports');
    assert.equal(ports?.listType, 'map');
    assert.deepEqual(ports?.mapKeys, ['port', 'protocol']);
    assert.equal(ports?.mergeKey, 'port');
    assert.deepEqual(fieldOf('io.k8s.api.core.v1.PodSpec', 'volumes')?.patchStrategy, ['merge', 'retainKeys']);
    assert.equal(fieldOf('io.k8s.api.core.v1.ServiceSpec', 'selector')?.atomic, true);
    assert.equal(fieldOf('io.k8s.api.apps.v1.DeploymentSpec', 'selector')?.atomic, true);
    assert.equal(fieldOf('io.k8s.api.core.v1.PersistentVolumeSpec', 'claimRef')?.atomic, undefined);
  });

  it('know what a zero value becomes', () => {
    assert.equal(fieldOf('io.k8s.api.core.v1.PodSpec', 'hostNetwork')?.zero, 'omit');
    assert.equal(fieldOf('io.k8s.api.apps.v1.DeploymentSpec', 'replicas')?.zero, 'keep');
    assert.equal(fieldOf('io.k8s.api.apps.v1.DeploymentSpec', 'strategy')?.zero, 'print');
    assert.equal(fieldOf('io.k8s.api.apps.v1.DeploymentSpec', 'selector')?.zero, 'null');
  });

  it('refer only to types that exist', () => {
    for (const name of schemas.names()) {
      for (const field of schemas.get(name)?.fields.values() ?? []) {
        for (const type of referencesOf(field.value)) assert.ok(schemas.get(type), `${name}.${field.name}: ${type}`);
      }
    }
  });

  it('do not know what is not there', () => assert.equal(schemas.get('io.k8s.api.core.v1.Nothing'), undefined));
});
