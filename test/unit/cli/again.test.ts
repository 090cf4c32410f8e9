/** A command that is told works when it is pasted: it names the cluster the last one was about. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { again } from '../../../agent/cli/again.ts';

const cases: [string, string, string][] = [
  ['nothing was said', 'status', 'coracle start'],
  ['a profile', '-p lab status', 'coracle -p lab start'],
  ['a profile, in one word', '--profile=lab status --wait-ready', 'coracle --profile=lab start'],
  ['a profile, and options without a value', '-p lab -h', 'coracle -p lab start'],
  ['a directory before the command', '--data-dir /srv/c status', 'coracle --data-dir /srv/c start'],
  ['a directory behind it', 'addons list --data-dir /srv/c', 'coracle --data-dir /srv/c start'],
  ['a directory behind it, in one word', 'status --data-dir=/srv/c -w', 'coracle --data-dir /srv/c start'],
  ['the last of two counts', '-p lab config --data-dir /a get --data-dir /b', 'coracle --data-dir /b start'],
  ['what is handed on to kubectl is none', '-p lab kubectl exec x -- y --data-dir /srv', 'coracle -p lab start'],
  ['no command at all', '', 'coracle start'],
];

for (const [what, words, expected] of cases) {
  test(`the next command after ${what}`, () => {
    assert.equal(again('start', { words: words.split(' ').filter(Boolean), environment: {} }), expected);
  });
}

test('a path with a space, and one with a quote, are quoted', () => {
  const after = (dir: string): string => again('stop', { words: ['status', '--data-dir', dir], environment: {} });
  assert.equal(after('/my clusters/a'), "coracle --data-dir '/my clusters/a' stop");
  assert.equal(after("it's"), `coracle --data-dir 'it'\\''s' stop`);
});

test('sudo and npx are said again', () => {
  const after = (environment: Record<string, string>): string => again('stop', { words: ['status'], environment });
  assert.equal(after({ SUDO_USER: 'ann' }), 'sudo coracle stop');
  assert.equal(after({ npm_lifecycle_event: 'npx' }), 'npx coracle stop');
  assert.equal(after({ npm_lifecycle_event: 'start', npm_package_name: 'coracle' }), 'npx coracle stop');
  assert.equal(after({ npm_lifecycle_event: 'start', npm_package_name: 'other' }), 'coracle stop');
});
