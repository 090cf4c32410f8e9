/** `coracle completion`: what a shell needs to complete commands and options, made from the commands themselves. */
import { type Command, InvalidArgumentError } from 'commander';
import { completionScript, type CommandWords, type Shell, shells } from './completion-script.ts';
import type { Terminal } from './terminal.ts';

function shell(text: string): Shell {
  const found = shells.find((one) => one === text);
  if (found === undefined) throw new InvalidArgumentError(`It takes ${shells.join(', ')}.`);
  return found;
}

/** Adds the command. It has to be the last one: it completes those that are there. */
export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .argument('<shell>', `one of ${shells.join(', ')}`, shell)
    .description('print what makes a shell complete commands and options')
    .addHelpText(
      'after',
      '\nExamples:\n  coracle completion bash > /etc/bash_completion.d/coracle\n  coracle completion zsh > /usr/local/share/zsh/site-functions/_coracle\n  coracle completion fish > ~/.config/fish/completions/coracle.fish',
    )
    .action((chosen: Shell) => terminal.print(completionScript(chosen, allWords(program)).trimEnd()));
}

/** Every command with the words that may follow it. */
function allWords(program: Command): CommandWords[] {
  return visit(program, []);
}

function visit(command: Command, path: readonly string[]): CommandWords[] {
  const { commands, options } = command;
  const own: CommandWords = {
    path,
    commands: commands.map((one) => ({ name: one.name(), description: one.description() })),
    options: options
      .filter((one) => one.long !== undefined && !one.hidden)
      .map((one) => ({ name: one.long ?? '', description: one.description, takesValue: one.required || one.optional })),
  };
  return [own, ...commands.flatMap((one) => visit(one, [...path, one.name()]))];
}
