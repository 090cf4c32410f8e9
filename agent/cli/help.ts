/** `coracle help COMMAND…`, at every level: commander's own shows the general help for what it does not know. */
import type { Command } from 'commander';

/** Adds the command to `command` and to all below it that have commands themselves. It has to come after them. */
export function addHelp(command: Command): void {
  const groups = command.commands.filter(({ commands }) => commands.length > 0);
  command.helpCommand(false);
  command
    .command('help')
    .argument('[command...]')
    .description('display help for command')
    .action((words: string[]) => help(command, words));
  for (const group of groups) addHelp(group);
}

async function help(group: Command, words: readonly string[]): Promise<void> {
  const [word, ...rest] = words;
  if (word === undefined) return group.help();
  const found = group.commands.find((one) => one.name() === word);
  // parsed as a command, a word that is none is refused with the one that is nearest to it
  if (found === undefined) await group.parseAsync([word], { from: 'user' });
  else if (found.commands.length > 0) await help(found, rest);
  else found.help();
}
