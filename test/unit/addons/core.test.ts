/** The addons that come along: each is whole, of kinds and fields that are served, and may do no more than it needs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as yaml from 'yaml';
import { argumentsOf } from '../../../hub/api/addon-arguments.ts';
import type { AddonDefinition } from '../../../hub/api/addon.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { PolicyRule } from '../../../hub/api/rbac.ts';
import { parseApiVersion } from '../../../hub/api/resource.ts';
import { readManifests, readRepository } from '../../../hub/addons/repository.ts';
import { render } from '../../../hub/addons/render.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { createConformer } from '../../../hub/kinds/conform.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';

const directory = fileURLToPath(new URL('../../../configs/addons', import.meta.url));
const core = await readRepository(yaml, { name: 'core', directory }, '1.0.0');
const catalogue = createCatalogue();
const conformer = createConformer(loadSchemas());

/** The objects of an addon; parameters that are needed have some text. */
async function objectsOf(definition: AddonDefinition): Promise<KubeObject[]> {
  const needed = definition.parameters.filter((one) => one.required);
  const found = argumentsOf(
    { ...definition, parameters: definition.parameters.map(({ pattern: _, ...one }) => one) },
    Object.fromEntries(needed.map(({ name, enum: choices }) => [name, choices?.[0] ?? '10.0.0.1'])),
  );
  assert.ok('values' in found, JSON.stringify(found));
  return render(yaml, definition, await readManifests(directory, definition), found.values);
}

describe('the addons that come along', () => {
  it('have no fault', () => assert.deepEqual(core.problems, []));

  it('require and exclude addons that there are', () => {
    const names = core.addons.map(({ name }) => name);
    for (const { requires, conflicts } of core.addons)
      for (const name of [...requires, ...conflicts]) assert.ok(names.includes(name), name);
  });

  for (const definition of core.addons.filter(({ builtIn }) => builtIn === undefined)) {
    it(`${definition.name}: its objects are of known kinds, with known fields, in a namespace where they have one`, async () => {
      const objects = await objectsOf(definition);
      const own = objects.flatMap(({ kind, spec }) =>
        kind === 'CustomResourceDefinition' ? [(spec as { names: { kind: string } }).names.kind] : [],
      );
      for (const object of objects.filter(({ kind }) => !own.includes(kind))) {
        const { group, version } = parseApiVersion(object.apiVersion);
        const info = catalogue.byKind(group, version, object.kind);
        assert.ok(info !== undefined, `${object.apiVersion} ${object.kind}`);
        assert.deepEqual(conformer.conform(info.type, structuredClone(object)), []);
        assert.equal(object.metadata.namespace !== undefined, info.namespaced, object.metadata.name);
      }
    });

    it(`${definition.name}: its roles name what they need`, async () => {
      for (const object of await objectsOf(definition)) {
        if (!/^(Cluster)?Role$/.test(object.kind)) continue;
        for (const rule of (object['rules'] ?? []) as PolicyRule[])
          assert.ok(![...(rule.verbs ?? []), ...(rule.resources ?? [])].includes('*'), JSON.stringify(rule));
      }
    });
  }
});
