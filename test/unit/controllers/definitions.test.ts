/** CustomResourceDefinitions and their objects, in a registry with the controller of definitions. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  type CustomResourceDefinition,
  customResourceDefinitions,
  hasCondition,
} from '../../../hub/api/custom-resource.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createContext } from '../../../hub/controllers/context.ts';
import { createDefinitionController } from '../../../hub/controllers/definitions/definitions.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { eventually } from '../../support/eventually.ts';
import { asAdmin } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

type Version = CustomResourceDefinition['spec']['versions'][number];

const boats = { group: 'example.com', version: 'v1', resource: 'boats' };

const version = (name: string, more: Partial<Version> = {}): Version => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { color: { type: 'string' }, seats: { type: 'integer', default: 2 } } },
      },
    },
  },
  ...more,
});

function definition(versions: Version[] = [version('v1')], kind = 'Boat'): CustomResourceDefinition {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: { group: 'example.com', scope: 'Namespaced', names: { plural, kind }, versions },
  };
}

const boat = (name: string, spec: object): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Boat',
  metadata: { name },
  spec,
});

async function opened(test: TestContext): Promise<Registry> {
  const registry = await openTestRegistry(test);
  const context = createContext({ registry, clock: systemClock, log: silentLog, random: Math.random });
  const controller = createDefinitionController(context);
  await controller.start?.();
  test.after(() => controller.stop?.());
  return registry;
}

function read(registry: Registry, name = 'boats.example.com'): CustomResourceDefinition | undefined {
  return registry.get(customResourceDefinitions, '', name)?.object();
}

async function established(registry: Registry, made = definition()): Promise<void> {
  await registry.create(customResourceDefinitions, '', made, asAdmin);
  await eventually('established', () => hasCondition(read(registry, made.metadata.name) ?? made, 'Established'));
}

describe('custom resources', () => {
  it('are served as soon as their definition is established', async (test) => {
    const registry = await opened(test);
    await established(registry);
    const { entry } = await registry.create(boats, 'default', boat('b', { color: 'red' }), asAdmin);
    assert.deepEqual(entry.object().spec, { color: 'red', seats: 2 });
    assert.equal(entry.object().metadata.generation, 1);
  });

  it('are refused where their schema refuses them', async (test) => {
    const registry = await opened(test);
    await established(registry);
    await assert.rejects(registry.create(boats, 'default', boat('b', { seats: 'x' }), asAdmin), {
      message:
        'Boat.example.com "b" is invalid: spec.seats: Invalid value: "string": spec.seats in body must be of type integer: "string"',
    });
  });

  it('go with their definition, which waits for them', async (test) => {
    const registry = await opened(test);
    await established(registry);
    await registry.create(boats, 'default', boat('b', {}), asAdmin);
    const held = { ...boat('held', {}), metadata: { name: 'held', finalizers: ['mine'] } };
    await registry.create(boats, 'default', held, asAdmin);
    await registry.delete(customResourceDefinitions, '', 'boats.example.com', asAdmin);
    await eventually('one left', () => registry.count(boats) === 1);
    assert.ok(hasCondition(read(registry) as CustomResourceDefinition, 'Terminating'));
    assert.equal(registry.catalogue.find('example.com', 'v1', 'boats')?.verbs.includes('create'), false);
    await registry.modify(
      boats,
      'default',
      'held',
      (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }),
      asAdmin,
    );
    await eventually('gone', () => read(registry) === undefined);
    assert.equal(registry.catalogue.find('example.com', 'v1', 'boats'), undefined);
  });

  it('go with their definition whatever its status says was stored', async (test) => {
    const registry = await opened(test);
    await established(registry);
    await registry.modify<CustomResourceDefinition>(
      customResourceDefinitions,
      '',
      'boats.example.com',
      (object) => {
        object.status = { ...object.status, storedVersions: ['v0'] };
      },
      { ...asAdmin, subresource: 'status' },
    );
    await registry.delete(customResourceDefinitions, '', 'boats.example.com', asAdmin);
    await eventually('gone', () => read(registry) === undefined);
  });

  it('read what was stored with the defaults of today', async (test) => {
    const registry = await opened(test);
    await established(registry);
    await registry.create(boats, 'default', boat('b', { color: 'red' }), asAdmin);
    await registry.modify<CustomResourceDefinition>(
      customResourceDefinitions,
      '',
      'boats.example.com',
      (object) => {
        const { spec } = object.spec.versions[0]?.schema?.openAPIV3Schema?.properties ?? {};
        Object.assign(spec?.properties ?? {}, { flag: { type: 'string', default: 'blue' } });
      },
      asAdmin,
    );
    const info = registry.catalogue.find('example.com', 'v1', 'boats');
    assert.ok(info !== undefined);
    const stored = registry.get(boats, 'default', 'b')?.object() as KubeObject;
    const served = registry.catalogue.fromStorage(info)?.(stored);
    assert.deepEqual(served?.spec, { color: 'red', seats: 2, flag: 'blue' });
  });

  it('are stored in one version and read in another', async (test) => {
    const registry = await opened(test);
    await established(registry, definition([version('v1', { served: false }), version('v2')]));
    const second = { ...boats, version: 'v2' };
    const made = { ...boat('b', { color: 'red' }), apiVersion: 'example.com/v2' };
    const { entry } = await registry.create(second, 'default', made, asAdmin);
    assert.equal(entry.object().apiVersion, 'example.com/v1');
    assert.equal(registry.catalogue.find('example.com', 'v1', 'boats'), undefined);
    assert.equal(registry.list(second).entries.length, 1);
  });

  it('take no names from another definition of their group', async (test) => {
    const registry = await opened(test);
    await established(registry);
    const other = definition([version('v1')], 'Ship');
    other.spec.names.shortNames = ['boats'];
    await registry.create(customResourceDefinitions, '', other, asAdmin);
    const conflict = (): CustomResourceDefinition['status'] => read(registry, 'ships.example.com')?.status;
    await eventually('a conflict', () => conflict()?.conditions?.[0]?.reason === 'ShortNamesConflict');
    assert.equal(conflict()?.conditions?.[1]?.status, 'False');
    await registry.delete(customResourceDefinitions, '', 'boats.example.com', asAdmin);
    await eventually('accepted', () => conflict()?.conditions?.[1]?.status === 'True');
  });

  it('keep to their rules, also against what they were', async (test) => {
    const registry = await opened(test);
    const ruled = version('v1');
    const spec = ruled.schema?.openAPIV3Schema?.properties?.['spec'];
    Object.assign(spec?.properties?.['color'] ?? {}, {
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', messageExpression: '"was " + oldSelf' }],
    });
    Object.assign(spec ?? {}, { 'x-kubernetes-validations': [{ rule: 'self.seats < 9', message: 'too many' }] });
    await established(registry, definition([ruled]));
    await assert.rejects(
      registry.create(boats, 'default', boat('b', { seats: 10 }), asAdmin),
      /Invalid value: too many/,
    );
    await registry.create(boats, 'default', boat('b', { color: 'red' }), asAdmin);
    const paint = registry.modify(boats, 'default', 'b', (object) => ({ ...object, spec: { color: 'blue' } }), asAdmin);
    await assert.rejects(paint, /spec.color: Invalid value: "blue": was red/);
  });
});
