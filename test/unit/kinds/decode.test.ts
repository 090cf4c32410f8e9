/** From bytes to values: JSON and YAML, duplicates, faults and bounds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJson, decodeYaml, SyntaxFault, summarize } from '../../../hub/kinds/decode.ts';

const json = (text: string) => decodeJson(Buffer.from(text));
const yaml = (text: string) => decodeYaml(Buffer.from(text));
const faultOf = (text: string): string => {
  try {
    json(text);
  } catch (error) {
    if (error instanceof SyntaxFault) return error.message;
    throw error;
  }
  return '';
};

describe('a JSON body', () => {
  it('is read with its escapes and long strings', () => {
    const value = { a: { b: 'x:\\"y', c: [1, { d: null }] }, e: `${'q'.repeat(200)}\\`, 'k:': ':' };
    assert.deepEqual(json(JSON.stringify(value)), { value, duplicates: [] });
  });

  it('has its duplicate fields told by path', () => {
    const { value, duplicates } = json('{"a":{"b":1,"b":[{"c":1,"c":2}]},"a.x":1,"a.x":2}');
    assert.deepEqual(value, { a: { b: [{ c: 2 }] }, 'a.x': 2 });
    assert.deepEqual(duplicates, ['duplicate field "a.b"', 'duplicate field "a.b[0].c"', 'duplicate field "a.x"']);
  });

  const faults: readonly (readonly [string, string])[] = [
    ['', 'unexpected end of JSON input'],
    ['{"apiVersion":', 'unexpected end of JSON input'],
    ['apiVersion: v1', "invalid character 'a' looking for beginning of value"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
    ['{"a":1}}', "invalid character '}' after top-level value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['"\\x"', "invalid character 'x' in string escape code"],
  ];
  for (const [text, fault] of faults) {
    it(`${JSON.stringify(text)} is refused in Go's words`, () => assert.equal(faultOf(text), fault));
  }

  it('may not nest without end', () => {
    assert.throws(() => json('['.repeat(3_000_000)), { reason: 'BadRequest' });
    assert.throws(() => json('{"a":'.repeat(600_000)), { reason: 'BadRequest' });
  });

  it('may not name __proto__, however it is written', () => {
    for (const text of ['{"__proto__":{"x":1}}', '{"a":[{"\\u005f_proto__":1}]}']) {
      assert.throws(() => json(text), { reason: 'BadRequest' });
    }
    assert.equal(({} as { x?: number }).x, undefined);
  });

  it('is shown shortened', () => {
    assert.equal(summarize(Buffer.from('')), '<empty>');
    assert.equal(summarize(Buffer.from('[]')), '5b5d');
    assert.equal(summarize(Buffer.from(`{${'x'.repeat(40)}`)), `{${'x'.repeat(29)} ...`);
  });
});

describe('a YAML body', () => {
  it('is read by YAML 1.1, into sorted JSON', async () => {
    const { value } = await yaml('name: y\nb: 0777\nd: 2001-01-01\na: {z: 1, k: ~}\nt: 1:30\n');
    assert.equal(JSON.stringify(value), '{"a":{"k":null,"z":1},"b":511,"d":"2001-01-01","name":true,"t":"1:30"}');
  });

  it('has keys that are set twice told by line', async () => {
    const { value, duplicates } = await yaml('a: 1\ndata:\n  k: "1"\n  k: "2"\n');
    assert.deepEqual(value, { a: 1, data: { k: '2' } });
    assert.deepEqual(duplicates, ['line 4: key "k" already set in map']);
  });

  it('may be JSON', async () => {
    assert.deepEqual(await yaml('{"a":1,"a":2}'), { value: { a: 2 }, duplicates: ['duplicate field "a"'] });
  });

  it('is refused with the line that is wrong', async () => {
    await assert.rejects(yaml('apiVersion: v1\n  kind: x\n'), {
      message: 'yaml: line 2: mapping values are not allowed in this context',
    });
    await assert.rejects(yaml('a: v1\n\tkind: x'), {
      message: 'yaml: line 2: found a tab character that violates indentation',
    });
  });

  it('may not be a bomb', async () => {
    const lines = ['a: &a [x,x,x,x,x,x,x,x]'];
    for (const [name, of] of ['ba', 'cb', 'dc', 'ed'])
      lines.push(`${name}: &${name} [*${of},*${of},*${of},*${of},*${of},*${of}]`);
    await assert.rejects(yaml(lines.join('\n')), SyntaxFault);
    await assert.rejects(yaml('- '.repeat(700_000)), SyntaxFault);
    await assert.rejects(yaml('['.repeat(700_000)), SyntaxFault);
    await assert.rejects(yaml('a: b\n'.repeat(400_000)), { reason: 'RequestEntityTooLarge' });
    await assert.rejects(yaml('a: b\n'.repeat(80_000)), { reason: 'RequestEntityTooLarge' });
  });
});
