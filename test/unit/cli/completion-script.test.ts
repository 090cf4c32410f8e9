/** Completion, asked of a real bash where there is one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { type CommandWords, completionScript } from '../../../agent/cli/completion-script.ts';

const table: CommandWords[] = [
  {
    path: [],
    commands: [
      { name: 'start', description: "start what isn't there" },
      { name: 'config', description: 'settings' },
    ],
    options: [{ name: '--profile', description: 'which', takesValue: true }],
  },
  { path: ['start'], commands: [], options: [{ name: '--no-agent', description: 'only the hub', takesValue: false }] },
  { path: ['config'], commands: [{ name: 'set', description: 'keep' }], options: [] },
  { path: ['config', 'set'], commands: [], options: [{ name: '--data-dir', description: 'where', takesValue: true }] },
];

/** What bash offers behind these words, the last of them begun. */
function offered(...words: string[]): string[] {
  const script = `${completionScript('bash', table)}
COMP_WORDS=(coracle "$@"); COMP_CWORD=$#; _coracle; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout.trim().split('\n');
}

describe('completion', () => {
  it('offers in bash what may follow the words so far', () => {
    assert.deepEqual(offered(''), ['start', 'config', '--profile', '--help']);
    assert.deepEqual(offered('st'), ['start']);
    assert.deepEqual(offered('start', '--'), ['--no-agent', '--help']);
    assert.deepEqual(offered('--profile', 'lab', 'config', ''), ['set', '--help']);
    assert.deepEqual(offered('config', 'set', '--d'), ['--data-dir']);
  });

  it('names each command and option once in fish, under its condition, quoted', () => {
    const lines = completionScript('fish', table).trimEnd().split('\n');
    assert.equal(lines.length, 6);
    assert.equal(
      lines[0],
      "complete -c coracle -f -n 'not __fish_seen_subcommand_from start config' -a start -d 'start what isn\\'t there'",
    );
    assert.equal(
      lines.at(-1),
      "complete -c coracle -n '__fish_seen_subcommand_from config; and __fish_seen_subcommand_from set' -l data-dir -r -d 'where'",
    );
  });

  it('is read by zsh as what it is', () => {
    assert.match(completionScript('zsh', table), /^#compdef coracle\n/);
  });
});
