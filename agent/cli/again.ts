/** Commands that are told to the reader: as they have to be typed to mean the cluster this command was about. Pure. */

/** How this program was called. */
export interface Call {
  /** What came behind the program's name. */
  readonly words: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** This process's own. */
const ownCall = (): Call => ({ words: process.argv.slice(2), environment: process.env });

/** Options that name a cluster and take a value. */
const placeOptions = new Set(['-p', '--profile', '--data-dir']);

/** `coracle WORDS` for the same cluster: by the same user, with the profile or the data directory that was given now. */
export function again(words: string, call = ownCall()): string {
  return [...program(call.environment), ...place(call.words), words].join(' ');
}

/** sudo takes the user's environment away, and npx finds a `coracle` that is on no path. */
function program(environment: NodeJS.ProcessEnv): string[] {
  const byNpm = environment['npm_package_name'] === 'coracle' && environment['npm_lifecycle_event'] === 'start';
  return [
    ...(environment['SUDO_USER'] === undefined ? [] : ['sudo']),
    ...(byNpm || environment['npm_lifecycle_event'] === 'npx' ? ['npx'] : []),
    'coracle',
  ];
}

/** What stands before the command, unless the command was given a data directory of its own. */
function place(words: readonly string[]): string[] {
  const command = words.findIndex((word, index) => !word.startsWith('-') && !placeOptions.has(words[index - 1] ?? ''));
  const before = command < 0 ? words : words.slice(0, command);
  const within = command < 0 || words[command] === 'kubectl' ? [] : words.slice(command);
  const own = within.slice(0, within.includes('--') ? within.indexOf('--') : undefined);
  const dir = own.flatMap((word, index) => dataDirectory(word, own[index + 1])).at(-1);
  return dir === undefined ? given(before) : ['--data-dir', shellWord(dir)];
}

function dataDirectory(word: string, next: string | undefined): string[] {
  if (word.startsWith('--data-dir=')) return [word.slice('--data-dir='.length)];
  return word === '--data-dir' && next !== undefined ? [next] : [];
}

const given = (before: readonly string[]): string[] =>
  before.filter((word, index) => placeOptions.has(before[index - 1] ?? '') || isPlace(word)).map(shellWord);

const isPlace = (word: string): boolean => placeOptions.has(word) || /^(-p.|--profile=|--data-dir=)/.test(word);

/** As a shell reads it back: a path may have spaces. */
export function shellWord(text: string): string {
  return /^[\w.,:=/@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
