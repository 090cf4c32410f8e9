/** Strategic merge patches: merge keys, directives and order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { strategicPatch } from '../../../hub/registry/patch/strategic.ts';

const schemas = loadSchemas();

const a = {
  name: 'a',
  image: 'a:1',
  env: [
    { name: 'X', value: '1' },
    { name: 'Y', value: '2' },
  ],
};
const b = { name: 'b', image: 'b:1' };

function pod(patch: object): Record<string, unknown> {
  const object = {
    metadata: { finalizers: ['x.io/a', 'x.io/b'] },
    spec: {
      containers: [structuredClone(a), structuredClone(b)],
      volumes: [{ name: 'v', emptyDir: {} }],
      tolerations: [{ key: 'k' }],
    },
  };
  const result = strategicPatch(schemas, 'io.k8s.api.core.v1.Pod', object, { spec: patch } as never);
  return result['spec'] as Record<string, unknown>;
}

describe('a strategic merge patch', () => {
  const done: [name: string, patch: object, expected: object][] = [
    ['merges items by key', { containers: [{ name: 'a', image: 'a:2' }] }, { containers: [{ ...a, image: 'a:2' }, b] }],
    ['puts new items first', { containers: [{ name: 'c' }] }, { containers: [{ name: 'c' }, a, b] }],
    ['orders items', { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] }, { containers: [b, a] }],
    [
      'merges and deletes inside an item',
      {
        containers: [
          {
            name: 'a',
            env: [
              { name: 'X', $patch: 'delete' },
              { name: 'Z', value: '3' },
            ],
          },
        ],
      },
      {
        containers: [
          {
            ...a,
            env: [
              { name: 'Z', value: '3' },
              { name: 'Y', value: '2' },
            ],
          },
          b,
        ],
      },
    ],
    [
      'replaces a list',
      { containers: [{ name: 'a', env: [{ $patch: 'replace' }, { name: 'Q', value: 'q' }] }] },
      { containers: [{ ...a, env: [{ name: 'Q', value: 'q' }] }, b] },
    ],
    ['deletes an item', { containers: [{ name: 'a', $patch: 'delete' }] }, { containers: [b] }],
    ['empties a list whose item says replace', { containers: [{ $patch: 'replace', name: 'b' }] }, { containers: [] }],
    ['deletes what is not there', { containers: [{ name: 'z', $patch: 'delete' }] }, { containers: [a, b] }],
    [
      'keeps only the keys named',
      { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'm' } }] },
      { volumes: [{ name: 'v', configMap: { name: 'm' } }] },
    ],
    ['replaces atomic lists', { tolerations: [{ key: 'l' }] }, { tolerations: [{ key: 'l' }] }],
    ['removes with null', { volumes: null }, { volumes: undefined }],
    ['deletes a map', { nodeSelector: null }, { nodeSelector: undefined }],
  ];
  for (const [name, patch, expected] of done) {
    it(name, () => {
      const result = pod(patch);
      for (const [field, value] of Object.entries(expected)) {
        assert.deepEqual(result[field], value);
      }
    });
  }

  const failing: [name: string, patch: object, code: number, message: string][] = [
    [
      'an item without its key',
      { containers: [{ image: 'x' }] },
      500,
      'map: map[image:x] does not contain declared merge key: name',
    ],
    [
      'an unknown directive',
      { containers: [{ name: 'a', $patch: 'explode' }] },
      500,
      'unknown patch type: explode in map: map[$patch:explode name:a]',
    ],
    [
      'an order that misses an item',
      { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'a', image: 'a:3' }] },
      500,
      "The order in patch list:\n[map[image:a:3 name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
    ],
    [
      'keys that are set but not retained',
      { volumes: [{ name: 'v', $retainKeys: ['name'], secret: {} }] },
      400,
      'invalid patch format of retainKeys',
    ],
  ];
  for (const [name, patch, code, message] of failing) {
    it(`refuses ${name}`, () => assert.throws(() => pod(patch), { code, message }));
  }

  const finalizers: [name: string, patch: object, expected: string[]][] = [
    ['merges scalars', { finalizers: ['x.io/c'] }, ['x.io/c', 'x.io/a', 'x.io/b']],
    ['deletes scalars', { '$deleteFromPrimitiveList/finalizers': ['x.io/a', 'x.io/z'] }, ['x.io/b']],
    ['orders scalars', { '$setElementOrder/finalizers': ['x.io/b', 'x.io/a'] }, ['x.io/b', 'x.io/a']],
  ];
  for (const [name, patch, expected] of finalizers) {
    it(name, () => {
      const object = { metadata: { finalizers: ['x.io/a', 'x.io/b'] } };
      const result = strategicPatch(schemas, 'io.k8s.api.core.v1.ConfigMap', object, { metadata: patch });
      assert.deepEqual((result['metadata'] as { finalizers: string[] }).finalizers, expected);
    });
  }

  it('takes time in proportion to the length of lists', () => {
    const many = Array.from({ length: 40_000 }, (_, index) => `x.io/${index}`);
    const env = many.map((name) => ({ name, value: 'v' }));
    const object = { metadata: { finalizers: [...many] }, spec: { containers: [{ name: 'c', env: [...env] }] } };
    const start = performance.now();
    strategicPatch(schemas, 'io.k8s.api.core.v1.Pod', object, {
      metadata: { '$setElementOrder/finalizers': [...many].reverse(), '$deleteFromPrimitiveList/finalizers': many },
      spec: { containers: [{ name: 'c', env: env.map((one) => ({ ...one, value: 'w' })).reverse() }] },
    } as never);
    // item by item it would be a minute
    assert.ok(performance.now() - start < 5000);
  });

  it('leaves the patch as it was', () => {
    const patch = { containers: [{ name: 'c', env: [{ name: 'E' }] }], '$setElementOrder/containers': [{ name: 'c' }] };
    const copy = structuredClone(patch);
    pod(patch);
    assert.deepEqual(patch, copy);
  });
});
