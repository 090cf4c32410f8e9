/** JSON patches and merge patches: what they do, and what the API answers when they cannot. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { decodePatch, patchTypes } from '../../../hub/registry/patch/decode.ts';

const schemas = loadSchemas();
const type = 'io.k8s.api.core.v1.ConfigMap';
const before = { data: { a: '1', b: '2' }, list: ['x', 'y'], metadata: { labels: { 'k.io/n': 'v' } } };

function patched(contentType: string, body: unknown): unknown {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return decodePatch({ contentType, body: text, schemas, type })(structuredClone(before));
}

const refused = {
  code: 422,
  reason: 'Invalid',
  message: 'the server rejected our request due to an error in our request',
};

describe('a JSON patch', () => {
  const done: [name: string, steps: object[], expected: object][] = [
    ['adds', [{ op: 'add', path: '/data/c', value: '3' }], { data: { a: '1', b: '2', c: '3' } }],
    ['adds null where the value is missing', [{ op: 'add', path: '/data/c' }], { data: { a: '1', b: '2', c: null } }],
    [
      'replaces what is missing',
      [{ op: 'replace', path: '/data/z', value: '4' }],
      { data: { a: '1', b: '2', z: '4' } },
    ],
    ['removes', [{ op: 'remove', path: '/data/a' }], { data: { b: '2' } }],
    ['moves', [{ op: 'move', from: '/data/a', path: '/data/d' }], { data: { b: '2', d: '1' } }],
    ['copies', [{ op: 'copy', from: '/data/a', path: '/data/d' }], { data: { a: '1', b: '2', d: '1' } }],
    ['tests', [{ op: 'test', path: '/data/a', value: '1' }], { data: { a: '1', b: '2' } }],
    ['appends', [{ op: 'add', path: '/list/-', value: 'z' }], { list: ['x', 'y', 'z'] }],
    ['inserts', [{ op: 'add', path: '/list/0', value: 'z' }], { list: ['z', 'x', 'y'] }],
    ['counts from the end', [{ op: 'remove', path: '/list/-1' }], { list: ['x'] }],
    [
      'unescapes',
      [{ op: 'replace', path: '/metadata/labels/k.io~1n', value: 'w' }],
      { metadata: { labels: { 'k.io/n': 'w' } } },
    ],
    ['does nothing', [], {}],
  ];
  for (const [name, steps, expected] of done) {
    it(name, () => assert.deepEqual(patched(patchTypes.json, steps), { ...before, ...expected }));
  }

  const failing: [name: string, steps: object[]][] = [
    ['removing what is not there', [{ op: 'remove', path: '/data/z' }]],
    ['moving what is not there', [{ op: 'move', from: '/data/z', path: '/data/d' }]],
    ['testing another value', [{ op: 'test', path: '/data/a', value: '2' }]],
    ['testing null against a missing field', [{ op: 'test', path: '/data/z', value: null }]],
    ['a missing parent', [{ op: 'add', path: '/metadata/annotations/x', value: 'y' }]],
    ['an index past the end', [{ op: 'remove', path: '/list/9' }]],
    ['an index that is no number', [{ op: 'remove', path: '/list/x' }]],
    ['an unknown operation', [{ op: 'frob', path: '/data/a' }]],
    ['no operation', [{ path: '/data/a' }]],
    ['no path', [{ op: 'add', value: '1' }]],
    [
      'a document nested into itself',
      Array.from({ length: 600 }, () => ({ op: 'copy', from: '/data', path: '/data/x' })),
    ],
  ];
  for (const [name, steps] of failing) {
    it(`refuses ${name}`, () => assert.throws(() => patched(patchTypes.json, steps), refused));
  }

  it('of too many steps is refused as too large', () => {
    const steps = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/a', value: '1' }));
    assert.throws(() => patched(patchTypes.json, steps), {
      code: 413,
      message: 'The allowed maximum operations in a JSON patch is 10000, got 10001',
    });
  });

  it('never reaches a prototype', () => {
    patched(patchTypes.json, '[{"op":"add","path":"/data/__proto__","value":{"polluted":"yes"}}]');
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('can be done twice with the same result', () => {
    const body = JSON.stringify([{ op: 'add', path: '/data/c', value: { d: [] } }]);
    const patch = decodePatch({ contentType: patchTypes.json, body, schemas, type });
    const first = patch(structuredClone(before)) as { data: { c: { d: unknown[] } } };
    first.data.c.d.push('changed');
    assert.deepEqual((patch(structuredClone(before)) as typeof first).data.c.d, []);
  });
});

describe('a body that is no patch', () => {
  const wrong: [contentType: string, body: string, message: string][] = [
    [
      patchTypes.json,
      '{"op":"add"}',
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    ],
    [patchTypes.json, 'hello', "error decoding patch: invalid character 'h' looking for beginning of value"],
    [patchTypes.json, '', 'error decoding patch: unexpected end of JSON input'],
    [
      patchTypes.merge,
      '[1]',
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [patchTypes.merge, 'nope', "error decoding patch: invalid character 'o' in literal null (expecting 'u')"],
    [patchTypes.strategic, '[1]', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ];
  for (const [contentType, body, message] of wrong) {
    it(`${JSON.stringify(body)} as ${contentType} is a bad request`, () => {
      assert.throws(() => patched(contentType, body), { code: 400, reason: 'BadRequest', message });
    });
  }

  it('nested too deeply is a bad request', () => {
    const body = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    assert.throws(() => patched(patchTypes.merge, body), { code: 400 });
  });

  it('of another media type is refused', () => {
    assert.throws(() => patched('application/json', '{}'), { code: 415 });
  });
});

describe('a merge patch', () => {
  const cases: [name: string, patch: object, expected: object][] = [
    ['sets', { data: { p: 'q' } }, { data: { a: '1', b: '2', p: 'q' } }],
    ['removes with null', { data: { a: null } }, { data: { b: '2' } }],
    ['removes a whole map', { data: null }, { data: undefined }],
    ['replaces lists', { list: ['z'] }, { list: ['z'] }],
    ['leaves nulls of a new map out', { spec: { a: null, b: { c: null } } }, { spec: { b: {} } }],
    ['does nothing when empty', {}, {}],
  ];
  for (const [name, patch, expected] of cases) {
    it(name, () => {
      const wanted = Object.fromEntries(
        Object.entries({ ...before, ...expected }).filter(([, value]) => value !== undefined),
      );
      assert.deepEqual(patched(patchTypes.merge, patch), wanted);
    });
  }
});
