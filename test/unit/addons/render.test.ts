/** Manifests with the values of parameters: values stay values. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as yaml from 'yaml';
import type { AddonDefinition } from '../../../hub/api/addon.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { render, replaced } from '../../../hub/addons/render.ts';

const definition = { name: 'web', version: '2' } as AddonDefinition;

const rendered = (text: string, values: Record<string, string> = {}): KubeObject[] =>
  render(yaml, definition, [{ file: 'web/web.yaml', text }], new Map(Object.entries(values)));

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: x}\n';

describe('a manifest', () => {
  it('is marked as the addon’s own, and so are its Pods', () => {
    const [object] = rendered(
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: x, labels: {b: c}}\nspec: {template: {metadata: {labels: {d: e}}}}',
    );
    assert.deepEqual(object?.metadata.labels, { b: 'c', 'addons.coracle.io/addon': 'web' });
    assert.deepEqual(object?.metadata.annotations, { 'addons.coracle.io/version': '2' });
    assert.deepEqual(object?.spec, {
      template: { metadata: { labels: { d: 'e', 'addons.coracle.io/addon': 'web' } } },
    });
  });

  it('takes values that look like YAML as texts', () => {
    const [object] = rendered(`${head}data: {a: 'x \${v} y'}`, { v: '", evil: {"a: b}\n- c' });
    assert.deepEqual(object?.['data'], { a: 'x ", evil: {"a: b}\n- c y' });
  });

  it('becomes numbers and booleans where a whole scalar says so', () => {
    const values = new Map([
      ['n', '3'],
      ['b', 'true'],
    ]);
    assert.equal(replaced(`\${n:int}`, values), 3);
    assert.equal(replaced(`\${b:bool}`, values), true);
    assert.equal(replaced(`a \${n} $\${n} $(n) $n`, values), `a 3 \${n} $(n) $n`);
    assert.throws(() => replaced(`\${b:int}`, values), /must be a whole number, and is "true"/);
  });

  const faults: [string, string, RegExp][] = [
    [
      'a reference to no parameter',
      `${head}data:\n  a: '\${none}'`,
      /^web\/web\.yaml:5: there is no parameter "none"$/,
    ],
    ['no kind', 'apiVersion: v1\nmetadata: {name: x}', /^web\/web\.yaml:1: the manifest has no kind$/],
    ['no name', `${head}---\napiVersion: v1\nkind: Secret`, /^web\/web\.yaml:5: the manifest has no metadata\.name$/],
    ['what is there already', `${head}---\n${head}`, /^web\/web\.yaml:5: ConfigMap "web" is there twice$/],
    ['a syntax error', `${head}data: {a: b\nc: d`, /^web\/web\.yaml:\d+: /],
  ];
  for (const [what, text, message] of faults)
    it(`with ${what} is refused with file and line`, () => {
      assert.throws(() => rendered(text), { message });
    });
});
