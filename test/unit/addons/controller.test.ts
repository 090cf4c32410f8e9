/** The controller over a real registry: what happens when the hub ends at the worst moment, and who is waited for. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { type Addon, addons, type AddonStatus } from '../../../hub/api/addon.ts';
import { customResourceDefinitions } from '../../../hub/api/custom-resource.ts';
import { isNotFound } from '../../../hub/api/errors.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { configMaps } from '../../../hub/api/resource.ts';
import { createAddonController } from '../../../hub/addons/controller.ts';
import type { ApplyConfig } from '../../../hub/addons/objects.ts';
import { addonWriter } from '../../../hub/addons/objects.ts';
import { Repositories } from '../../../hub/addons/repositories.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const kind = new URL('../../../configs/addons/definition-of-addons.yaml', import.meta.url);

/** Field ownership is not what is tested here: the declared fields are laid over the others. */
const apply: ApplyConfig = (_, live, config) =>
  ({
    ...structuredClone(live ?? {}),
    ...structuredClone(config),
    metadata: { ...live?.metadata, ...config.metadata },
  }) as KubeObject;

const files = (all: Record<string, string>, directory: string): void => {
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
};

const definition = (name: string, more = ''): string =>
  `name: ${name}\nversion: 1.0.0\ndescription: x\nmanifests: [all.yaml]\n${more}`;
const map = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: default}\n`;

interface Ground {
  readonly registry: Registry;
  start(): Promise<void>;
  status(name: string): AddonStatus | undefined;
}

async function setUp(test: TestContext, all: Record<string, string>): Promise<Ground> {
  const registry = await openTestRegistry(test);
  const core = tempDir(test, 'coracle-addons-');
  files({ 'addons.yaml': 'name: core\n', ...all }, core);
  const repositories = new Repositories({ core, directory: join(core, 'none'), ownVersion: '9' });
  const made = parse(readFileSync(kind, 'utf8')) as KubeObject;
  const controller = createAddonController({
    ...{ registry, repositories, apply, clock: systemClock, log: silentLog },
    definition: async () => made,
  });
  test.after(() => controller.stop?.());
  // the controller of definitions says so in a hub
  await registry.create(customResourceDefinitions, '', structuredClone(made), addonWriter);
  const establish = (object: KubeObject): void => {
    const names = (object.spec as { names: object }).names;
    object.status = {
      acceptedNames: names,
      storedVersions: ['v1'],
      conditions: ['NamesAccepted', 'Established'].map((type) => ({ type, status: 'True', reason: 'x', message: '' })),
    };
  };
  await registry.modify(customResourceDefinitions, '', 'addons.addons.coracle.io', establish, {
    ...addonWriter,
    subresource: 'status',
  });
  return {
    registry,
    start: async () => controller.start?.(),
    status: (name) => registry.get(addons, '', name)?.object<Addon>().status,
  };
}

const addon = (name: string, more: object = {}): Addon => ({
  apiVersion: 'addons.coracle.io/v1',
  kind: 'Addon',
  metadata: { name, ...more },
});

describe('the controller of addons', () => {
  it('prunes what it made but could not note before the hub ended', async (test) => {
    const { registry, start } = await setUp(test, { 'a/addon.yaml': definition('a'), 'a/all.yaml': map('made') });
    const labels = { 'addons.coracle.io/addon': 'a' };
    const create = (name: string, more: object): Promise<unknown> =>
      registry.create(
        configMaps,
        'default',
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more } },
        addonWriter,
      );
    await create('made', { labels });
    await create('foreign', {});
    const finalizers = ['addons.coracle.io/prune'];
    await registry.create(addons, '', addon('a', { finalizers }), addonWriter);
    const applied = ['made', 'foreign'].map((name) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name, uid: '' },
    }));
    const note = (object: Addon): void => {
      object.status = { applied };
    };
    await registry.modify<Addon>(addons, '', 'a', note, { ...addonWriter, subresource: 'status' });
    await registry.delete(addons, '', 'a', addonWriter);
    await start();
    await eventually('the addon to be gone', () => registry.get(addons, '', 'a') === undefined);
    assert.equal(registry.get(configMaps, 'default', 'made'), undefined);
    assert.ok(registry.get(configMaps, 'default', 'foreign') !== undefined);
  });

  it('enables what an addon requires, and refuses what requires itself', async (test) => {
    const { registry, start, status } = await setUp(test, {
      'a/addon.yaml': definition('a', 'requires: [b]'),
      'a/all.yaml': map('a'),
      'b/addon.yaml': definition('b'),
      'b/all.yaml': map('b'),
      'c/addon.yaml': definition('c', 'requires: [d]'),
      'c/all.yaml': map('c'),
      'd/addon.yaml': definition('d', 'requires: [c]'),
      'd/all.yaml': map('d'),
    });
    await start();
    await registry.create(addons, '', addon('c'), addonWriter);
    await registry.create(addons, '', addon('a'), addonWriter);
    await eventually('a to be ready', () => status('a')?.phase === 'Ready');
    assert.equal(status('b')?.phase, 'Ready');
    const refused = await eventually('c to fail', () => (status('c')?.phase === 'Failed' ? status('c') : undefined));
    assert.equal(refused.message, 'it requires itself: c → d → c');
  });

  it('does not apply what conflicts, and does when the other is gone', async (test) => {
    const { registry, start, status } = await setUp(test, {
      'a/addon.yaml': definition('a', 'conflicts: [b]'),
      'a/all.yaml': map('a'),
      'b/addon.yaml': definition('b'),
      'b/all.yaml': map('b'),
    });
    await start();
    await registry.create(addons, '', addon('b'), addonWriter);
    await registry.create(addons, '', addon('a'), addonWriter);
    await eventually('a to fail', () => status('a')?.phase === 'Failed');
    assert.equal(status('a')?.message, 'it cannot be enabled together with addon b');
    await registry.delete(addons, '', 'b', addonWriter).catch((error: unknown) => assert.ok(isNotFound(error)));
    await eventually('a to be ready', () => status('a')?.phase === 'Ready');
  });

  it('keeps a version that is pinned, and says what there is instead', async (test) => {
    const { registry, start, status } = await setUp(test, { 'a/addon.yaml': definition('a'), 'a/all.yaml': map('a') });
    await start();
    await registry.create(addons, '', { ...addon('a'), spec: { version: '0.9.0' } }, addonWriter);
    await eventually('a to fail', () => status('a')?.phase === 'Failed');
    assert.equal(status('a')?.message, 'version 0.9.0 is wanted, and the repository has 1.0.0');
    const pin = (object: Addon): void => {
      object.spec = { version: '1.0.0' };
    };
    await registry.modify<Addon>(addons, '', 'a', pin, addonWriter);
    await eventually('a to be ready', () => status('a')?.version === '1.0.0');
  });

  const read = (registry: Registry, name: string): KubeObject | undefined =>
    registry.get(configMaps, 'default', name)?.object();
  const remove = (registry: Registry, name: string): Promise<unknown> =>
    registry.delete(addons, '', name, addonWriter).catch((error: unknown) => assert.ok(isNotFound(error)));
  const needy = {
    'a/addon.yaml': definition('a', 'requires: [b]'),
    'a/all.yaml': map('a'),
    'b/addon.yaml': definition('b'),
    'b/all.yaml': map('b'),
  };

  it('keeps what another requires until that is gone, and says for whom', async (test) => {
    const { registry, start, status } = await setUp(test, needy);
    await start();
    await registry.create(addons, '', addon('a'), addonWriter);
    await eventually('a to be ready', () => status('a')?.phase === 'Ready');
    await remove(registry, 'b');
    await eventually('b to wait', () => status('b')?.phase === 'Removing');
    assert.equal(status('b')?.message, 'addon a requires it, and goes first');
    assert.ok(read(registry, 'b') !== undefined);
    await remove(registry, 'a');
    await eventually('both to be gone', () => [...registry.entries(addons)].length === 0);
    assert.deepEqual([read(registry, 'a'), read(registry, 'b')], [undefined, undefined]);
  });

  it('lets go of what another requires when it is told that this does not matter', async (test) => {
    const { registry, start, status } = await setUp(test, needy);
    await start();
    await registry.create(addons, '', addon('a'), addonWriter);
    await eventually('a to be ready', () => status('a')?.phase === 'Ready');
    const force = ({ metadata }: Addon): void => {
      metadata.annotations = { 'addons.coracle.io/force': 'true' };
    };
    await registry.modify<Addon>(addons, '', 'b', force, addonWriter);
    await remove(registry, 'b');
    await eventually('b to be gone', () => registry.get(addons, '', 'b') === undefined);
    assert.ok(read(registry, 'a') !== undefined);
  });

  it('leaves an addon alone when one comes that excludes it', async (test) => {
    const { registry, start, status } = await setUp(test, {
      'old/addon.yaml': definition('old'),
      'old/all.yaml': map('old'),
      'new/addon.yaml': definition('new', 'conflicts: [old]'),
      'new/all.yaml': map('new'),
      'third/addon.yaml': definition('third', 'conflicts: [fourth]'),
      'third/all.yaml': map('third'),
      'fourth/addon.yaml': definition('fourth'),
      'fourth/all.yaml': map('fourth'),
    });
    await start();
    for (const name of ['old', 'third']) {
      await registry.create(addons, '', addon(name), addonWriter);
      await eventually(`${name} to be ready`, () => status(name)?.phase === 'Ready');
    }
    await registry.create(addons, '', addon('new'), addonWriter);
    await registry.create(addons, '', addon('fourth'), addonWriter);
    for (const name of ['new', 'fourth']) await eventually(`${name} to fail`, () => status(name)?.phase === 'Failed');
    assert.equal(status('fourth')?.message, 'it cannot be enabled together with addon third');
    assert.deepEqual([status('old')?.phase, status('third')?.phase], ['Ready', 'Ready']);
  });

  it('applies other arguments to the same objects, and keeps what there is when they are wrong', async (test) => {
    const { registry, start, status } = await setUp(test, {
      'a/addon.yaml': definition('a', 'parameters: [{name: word, description: x, default: one, enum: [one, two]}]'),
      'a/all.yaml': `${map('a')}data: {word: '\${word}'}\n`,
    });
    await start();
    await registry.create(addons, '', addon('a'), addonWriter);
    await eventually('a to be ready', () => status('a')?.phase === 'Ready');
    const { uid } = read(registry, 'a')?.metadata ?? {};
    const tell = (word: string): Promise<unknown> => {
      const put = (object: Addon): void => {
        object.spec = { arguments: { word } };
      };
      return registry.modify<Addon>(addons, '', 'a', put, addonWriter);
    };
    await tell('two');
    const word = (): unknown => (read(registry, 'a')?.['data'] as { word: string } | undefined)?.word;
    await eventually('the other word', () => word() === 'two');
    await tell('three');
    await eventually('a to fail', () => status('a')?.phase === 'Failed');
    assert.match(status('a')?.message ?? '', /"word" of addon a is "three", and must be one of one, two/);
    assert.deepEqual([read(registry, 'a')?.metadata.uid, word()], [uid, 'two']);
    await tell('one');
    await eventually('a to be ready again', () => status('a')?.phase === 'Ready');
  });

  it('knows its objects when their label was taken off, and when they were made anew before that was noted', async (test) => {
    const { registry, start, status } = await setUp(test, {
      'a/addon.yaml': definition('a'),
      'a/all.yaml': `${map('plain')}---\n${map('again')}`,
    });
    await start();
    await registry.create(addons, '', addon('a'), addonWriter);
    await eventually('a to be ready', () => status('a')?.phase === 'Ready');
    const strip = (object: KubeObject): void => {
      delete object.metadata.labels;
    };
    await registry.modify(configMaps, 'default', 'plain', strip, addonWriter);
    const label = (): string | undefined => read(registry, 'plain')?.metadata.labels?.['addons.coracle.io/addon'];
    await eventually('the label to be back', () => label() === 'a');
    assert.equal(status('a')?.phase, 'Ready');
    const forget = (object: Addon): void => {
      for (const one of object.status?.applied ?? []) if (one.name === 'again') one.uid = 'of-an-earlier-one';
    };
    await registry.modify<Addon>(addons, '', 'a', forget, { ...addonWriter, subresource: 'status' });
    await remove(registry, 'a');
    await eventually('a to be gone', () => registry.get(addons, '', 'a') === undefined);
    assert.deepEqual([read(registry, 'plain'), read(registry, 'again')], [undefined, undefined]);
  });
});
