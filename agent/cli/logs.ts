/** `coracle logs`: what the daemons of this machine have written, and what they write. */
import { open, stat } from 'node:fs/promises';
import { watch } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes, Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** At most so many bytes of a log are looked at for its last lines. */
const farBack = 4 * 1024 * 1024;

interface LogsOptions {
  dataDir?: string;
  follow?: boolean;
  lines: number;
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('It takes a number of lines.');
  return value;
}

/** Adds the command. */
export function addLogs(program: Command, terminal: Terminal): void {
  withDataDir(program.command('logs [daemon]'))
    .description('print the log of the hub or the agent of this machine')
    .option('-f, --follow', 'go on printing what is written')
    .option('-n, --lines <number>', 'how many of the last lines', count, 100)
    .addHelpText(
      'after',
      '\nExamples:\n  coracle logs hub -f\n  coracle logs agent -n 1000\n\nUnder systemd: journalctl -u coracle-hub, -u coracle-agent',
    )
    .action(async (daemon: string | undefined, options: LogsOptions) => {
      const dir = chosenDataDir(options);
      const chosen = daemon ?? ((await there(dir.hub.log)) ? 'hub' : 'agent');
      if (chosen !== 'hub' && chosen !== 'agent')
        throw new Failure(`there is no daemon "${chosen}"`, { next: 'use hub or agent', exitCode: exitCodes.usage });
      const file = dir[chosen].log;
      if (!(await there(file))) {
        throw new Failure(`the ${chosen} has no log in ${dir.root}`, {
          next: `under systemd it is in the journal: journalctl -u coracle-${chosen}`,
        });
      }
      const { text, end } = await lastLines(file, options.lines);
      if (text !== '') terminal.print(text);
      if (options.follow === true) await follow(file, end);
    });
}

async function there(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** The last lines of a file, without the end of the last one, and how far it was read. */
async function lastLines(file: string, lines: number): Promise<{ text: string; end: number }> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const begin = Math.max(0, size - farBack);
    const bytes = Buffer.alloc(size - begin);
    await handle.read(bytes, 0, bytes.length, begin);
    const all = bytes.toString().replace(/\n$/, '').split('\n');
    if (begin > 0) all.shift();
    return { text: lines === 0 ? '' : all.slice(-lines).join('\n'), end: size };
  } finally {
    await handle.close();
  }
}

/** Prints what is appended until a signal ends the program. A log that was emptied is read from its beginning. */
async function follow(file: string, from: number): Promise<void> {
  let at = from;
  let isReading = false;
  let isDue = true;
  const read = async (): Promise<void> => {
    isDue = true;
    if (isReading) return;
    isReading = true;
    while (isDue) {
      isDue = false;
      at = await printFrom(file, at);
    }
    isReading = false;
  };
  const watcher = watch(file, () => void read().catch((error: unknown) => watcher.emit('error', error)));
  await read();
  await new Promise<void>((resolve, reject) => {
    watcher.once('error', reject);
    // whoever read it has gone
    process.stdout.once('error', () => resolve());
  });
  watcher.close();
}

async function printFrom(file: string, at: number): Promise<number> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const begin = size < at ? 0 : at;
    const bytes = Buffer.alloc(Math.min(size - begin, farBack));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, begin);
    process.stdout.write(bytes.subarray(0, bytesRead));
    return begin + bytesRead;
  } finally {
    await handle.close();
  }
}
