/** `coracle config get`, `set` and `unset`: the settings of hub and agent, checked before they are kept. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { readRunFile } from '../../hub/base/daemon.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { writePrivate } from '../../hub/base/private-file.ts';
import { readWritten } from '../../hub/base/settings.ts';
import { again } from './again.ts';
import {
  allSettings,
  checkWritten,
  defaultOf,
  findSetting,
  fullName,
  readValue,
  type SettingName,
} from './config-value.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { makeDirectory, notWritable } from './data-directory.ts';
import { exitCodes, Failure } from './failure.ts';
import { checkFormat, printStructured } from './output-format.ts';
import { columns, type Terminal } from './terminal.ts';

interface GetOptions {
  dataDir?: string;
  format: string;
}

/** Adds the three below `coracle config`. */
export function addConfigSettings(config: Command, terminal: Terminal): void {
  withDataDir(config.command('get [setting]'))
    .description('print a setting of hub or agent, or all of them')
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .addHelpText('after', '\nExamples:\n  coracle config get hub.apiPort\n  coracle config get --format json')
    .action((setting: string | undefined, options: GetOptions) => get(setting, options, terminal));
  withDataDir(config.command('set <setting> <value>'))
    .description('keep a setting for the next start')
    .addHelpText(
      'after',
      '\nExamples:\n  coracle config set keepAlive 120\n  coracle config set agent.labels site=harbour,board=pi4\n  coracle config set hub.logLevel debug',
    )
    .action((setting: string, value: string, options: { dataDir?: string }) =>
      change(chosenDataDir(options), setting, (name) => readValue(name, value), terminal),
    );
  withDataDir(config.command('unset <setting>'))
    .description('go back to the default of a setting')
    .action((setting: string, options: { dataDir?: string }) =>
      change(chosenDataDir(options), setting, () => undefined, terminal),
    );
}

async function get(setting: string | undefined, options: GetOptions, terminal: Terminal): Promise<void> {
  checkFormat(options.format, ['pretty', 'json', 'yaml']);
  const dir = chosenDataDir(options);
  const written = orUsage(() => ({ hub: readWritten(dir.hub.settings), agent: readWritten(dir.agent.settings) }));
  const current = (name: SettingName): unknown => written[name.daemon][name.key] ?? defaultOf(name);
  if (setting !== undefined) {
    const value = current(orUsage(() => findSetting(setting)));
    if (options.format === 'json' || options.format === 'yaml') return printStructured(terminal, options.format, value);
    return terminal.print(shown(value));
  }
  if (options.format === 'json' || options.format === 'yaml') {
    const of = (daemon: string): object =>
      Object.fromEntries(allSettings.filter((one) => one.daemon === daemon).map((one) => [one.key, current(one)]));
    return printStructured(terminal, options.format, { hub: of('hub'), agent: of('agent') });
  }
  const rows = allSettings.map((name) => [
    fullName(name),
    shown(current(name)),
    Object.hasOwn(written[name.daemon], name.key) ? '(set)' : '',
  ]);
  for (const line of columns(rows)) terminal.print(line);
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Writes what `value` answers; undefined takes the setting out. */
async function change(
  dir: DataDir,
  setting: string,
  value: (name: SettingName) => unknown,
  terminal: Terminal,
): Promise<void> {
  const name = orUsage(() => findSetting(setting));
  const files = dir[name.daemon];
  const written = orUsage(() => {
    const { [name.key]: before, ...others } = readWritten(files.settings);
    const chosen = value(name);
    const next = chosen === undefined ? others : { ...others, [name.key]: chosen };
    checkWritten(name.daemon, next);
    return next;
  });
  if (!existsSync(files.dir)) makeDirectory(dir, files.dir);
  try {
    await writePrivate(files.settings, `${JSON.stringify(written, null, 2)}\n`);
  } catch (error) {
    throw notWritable(dir, error);
  }
  terminal.print(`${fullName(name)} is ${shown(written[name.key] ?? defaultOf(name))}.`);
  if (readRunFile(files.run) !== undefined)
    terminal.note(`  the ${name.daemon} takes it up when it starts next: ${again('stop')}, then ${again('start')}`);
}

function orUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Failure((error as Error).message, {
      next: `see what there is with: ${again('config get')}`,
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
}
