/** addon.yaml: what is taken, and how what is wrong is told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as yaml from 'yaml';
import type { AddonDefinition } from '../../../hub/api/addon.ts';
import { argumentsOf } from '../../../hub/api/addon-arguments.ts';
import { readDefinition } from '../../../hub/addons/definition.ts';

const read = (text: string): AddonDefinition =>
  readDefinition(yaml, { file: 'web/addon.yaml', folder: 'web', text }, '9.9.9');

const whole = `name: web
version: 1.2.0
description: Serves pages
requires: [dns]
conflicts: [other]
parameters:
  - {name: port, description: where, default: 8080, pattern: '\\d+'}
  - {name: mode, description: how, enum: [fast, slow], required: true}
images: [example.org/web:1]
manifests: [web.yaml, more/rules.yaml]
notes: |
  curl it
`;

describe('a definition of an addon', () => {
  it('is read whole', () => {
    assert.deepEqual(read(whole), {
      name: 'web',
      version: '1.2.0',
      description: 'Serves pages',
      requires: ['dns'],
      conflicts: ['other'],
      parameters: [
        { name: 'port', description: 'where', default: '8080', pattern: '\\d+', required: false },
        { name: 'mode', description: 'how', enum: ['fast', 'slow'], required: true },
      ],
      images: ['example.org/web:1'],
      manifests: ['web.yaml', 'more/rules.yaml'],
      notes: 'curl it',
    });
  });

  it('has the version of Coracle when it is built in', () => {
    const builtIn = read('name: web\ndescription: x\nbuiltIn: The hub does it.\n');
    assert.equal(builtIn.version, '9.9.9');
    assert.deepEqual(builtIn.manifests, []);
  });

  const faults: [string, string, string][] = [
    ['an unknown key', whole.replace('images:', 'imges:'), 'web/addon.yaml:9: addon.yaml knows no key "imges"'],
    ['no YAML', 'name: [web', 'web/addon.yaml:1: '],
    ['another name than its folder', whole.replace('name: web', 'name: wob'), 'web/addon.yaml:1: name is "wob"'],
    ['a text where a list is meant', whole.replace('[dns]', 'dns'), 'web/addon.yaml:4: requires must be a list'],
    ['a manifest outside', whole.replace('web.yaml', '../x.yaml'), 'web/addon.yaml:10: a file in manifests'],
    ['a parameter twice', whole.replace('mode', 'port'), 'web/addon.yaml:8: there are two parameters "port"'],
    ['a default it refuses', whole.replace('8080', 'no'), 'web/addon.yaml:7: default of parameter "port" is "no"'],
    ['a pattern that is none', whole.replace("'\\d+'", "'('"), 'web/addon.yaml:7: pattern of parameter "port"'],
    ['no version', whole.replace('version: 1.2.0\n', ''), 'web/addon.yaml:1: addon.yaml has no version'],
    ['two keys alike', `${whole}name: web\n`, 'web/addon.yaml:13: '],
  ];
  for (const [what, text, message] of faults) {
    it(`with ${what} is refused with file and line`, () => {
      assert.throws(
        () => read(text),
        (error: Error) => error.message.startsWith(message) || assert.fail(error.message),
      );
    });
  }
});

describe('arguments of an addon', () => {
  const definition = read(whole);

  it('are completed by defaults', () => {
    const found = argumentsOf(definition, { mode: 'fast' });
    assert.deepEqual('values' in found && [...found.values], [
      ['port', '8080'],
      ['mode', 'fast'],
    ]);
  });

  const problems: [Record<string, string>, RegExp][] = [
    [{}, /parameter "mode" of addon web is needed: how/],
    [{ mode: 'x' }, /must be one of fast, slow/],
    [{ mode: 'fast', port: '8o' }, /"8o", which does not match/],
    [{ mode: 'fast', prt: '1' }, /no parameter "prt"; there are: port, mode/],
  ];
  for (const [given, message] of problems) {
    it(`${JSON.stringify(given)} are refused in one sentence`, () => {
      const found = argumentsOf(definition, given);
      assert.match('problem' in found ? found.problem : '', message);
    });
  }
});
