/** Addons and their arguments as they are typed, and addresses git is asked for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAddonWord } from '../../../agent/cli/addon-words.ts';
import { checkSource, gitCause } from '../../../agent/cli/addon-git.ts';

describe('an addon on the command line', () => {
  const words: [string, ReturnType<typeof readAddonWord>][] = [
    ['dns', { name: 'dns', named: {} }],
    ['dns:', { name: 'dns', named: {} }],
    ['lb:10.0.0.1-10.0.0.9', { name: 'lb', named: {}, first: '10.0.0.1-10.0.0.9' }],
    ['lb:10.0.0.1-10.0.0.9,10.1.0.0/24', { name: 'lb', named: {}, first: '10.0.0.1-10.0.0.9,10.1.0.0/24' }],
    ['web:port=80,hosts=a,b,mode=x', { name: 'web', named: { port: '80', hosts: 'a,b', mode: 'x' } }],
    ['web:some,port=80', { name: 'web', named: { port: '80' }, first: 'some' }],
  ];
  for (const [word, read] of words) it(`is read: ${word}`, () => assert.deepEqual(readAddonWord(word), read));
});

describe('an address of a repository', () => {
  for (const url of ['https://example.org/a.git', 'ssh://git@example.org:2222/a', 'file:///srv/a'])
    it(`may be ${url}`, () => checkSource({ url, reference: 'HEAD' }));
  for (const url of ['ext::sh -c id', '--upload-pack=id', '/srv/a', 'https://-x/a', 'git://example.org/a'])
    it(`may not be ${url}`, () => assert.throws(() => checkSource({ url, reference: 'main' }), /is not an address/));
  for (const reference of ['--x', 'a..b', '', 'a b'])
    it(`may not be asked for "${reference}"`, () =>
      assert.throws(() => checkSource({ url: 'file:///srv/a', reference }), /neither a branch/));
});

describe('why git failed', () => {
  const cases: [string, string, string][] = [
    [
      'a path without a repository',
      "fatal: '/nope' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n",
      "'/nope' does not appear to be a git repository",
    ],
    [
      'a key that is not accepted',
      "Warning: Permanently added 'h' to the list of known hosts.\ngit@h: Permission denied (publickey).\nfatal: Could not read from remote repository.\n",
      'git@h: Permission denied (publickey).',
    ],
    ['a branch that is not there', "fatal: couldn't find remote ref v9\n", "couldn't find remote ref v9"],
    ['nothing said', '', ''],
  ];
  for (const [name, printed, cause] of cases)
    it(`is its first complaint: ${name}`, () => assert.equal(gitCause(printed), cause));
});
