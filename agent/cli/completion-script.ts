/** Completion scripts for shells, out of a table of commands. Pure. */

/** The shells that are completed. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** One of them. */
export type Shell = (typeof shells)[number];

/** What may follow one command; `path` is empty for the program itself. */
export interface CommandWords {
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly { readonly name: string; readonly description: string; readonly takesValue: boolean }[];
}

/** The script for `shell`. Names of files are completed where a command has no words of its own. */
export function completionScript(shell: Shell, table: readonly CommandWords[]): string {
  if (shell === 'fish') return fish(table);
  if (shell === 'bash') return bash(table);
  // zsh reads bash's completions when it is told to
  return `#compdef coracle\nautoload -U +X bashcompinit && bashcompinit\n${bash(table)}`;
}

/** Commands are found by the words typed so far that are no options; an option's value is no command either way. */
function bash(table: readonly CommandWords[]): string {
  const cases = table.map(({ path, commands, options }) => {
    const words = [...commands.map(({ name }) => name), ...options.map(({ name }) => name), '--help'];
    return `    '${path.join(' ')}') words='${words.join(' ')}' ;;`;
  });
  const known = table.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  return `_coracle() {
  local word path='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "\${path:+$path }$word" in
      ${known.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _coracle coracle
`;
}

function fish(table: readonly CommandWords[]): string {
  const quote = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const lines = table.flatMap(({ path, commands, options }) => {
    const here = condition(table, path);
    return [
      ...commands.map(
        ({ name, description }) => `complete -c coracle -f -n ${here} -a ${name} -d ${quote(description)}`,
      ),
      ...options.map(
        ({ name, description, takesValue }) =>
          `complete -c coracle -n ${here} -l ${name.slice(2)}${takesValue ? ' -r' : ''} -d ${quote(description)}`,
      ),
    ];
  });
  return `${lines.join('\n')}\n`;
}

/** True in fish where the words typed are those of `path`, and none of the commands below it. */
function condition(table: readonly CommandWords[], path: readonly string[]): string {
  const below = table.find((one) => one.path.join(' ') === path.join(' '))?.commands.map(({ name }) => name) ?? [];
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const unseen = below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(' ')}`];
  const all = [...seen, ...unseen];
  return all.length === 0 ? "'true'" : `'${all.join('; and ')}'`;
}
