/** `coracle help` of what there is not says what is nearest to it, instead of the general help. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { addHelp } from '../../../agent/cli/help.ts';

/** What is printed, and the code commander ends with. */
async function printed(...words: string[]): Promise<{ text: string; code: string }> {
  const program = new Command('coracle').showSuggestionAfterError().exitOverride();
  let text = '';
  const write = (line: string): void => {
    text += line;
  };
  program.configureOutput({ writeOut: write, writeErr: write });
  program
    .command('status')
    .description('how it is')
    .action(() => {});
  const images = program.command('images');
  images.command('import <file>').description('send them');
  addHelp(program);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    return { text, code: (error as { code: string }).code };
  }
  return { text, code: '' };
}

test('a word that is near to a command', async () => {
  const { text, code } = await printed('help', 'stats');
  assert.equal(code, 'commander.unknownCommand');
  assert.match(text, /unknown command 'stats'\n\(Did you mean status\?\)/);
});

test('a word that is near to a command below another one', async () => {
  for (const words of [
    ['help', 'images', 'imort'],
    ['images', 'help', 'imort'],
  ])
    assert.match((await printed(...words)).text, /Did you mean import\?/);
});

test('commands at every level', async () => {
  assert.match((await printed('help')).text, /^Usage: coracle \[options\] \[command\]/);
  assert.match((await printed('help', 'images')).text, /^Usage: coracle images /);
  assert.match((await printed('help', 'images', 'import')).text, /^Usage: coracle images import .*<file>/);
  assert.match((await printed('images', 'help', 'import')).text, /^Usage: coracle images import .*<file>/);
});
