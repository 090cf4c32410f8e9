/** `coracle backup` and `restore`: everything a hub is, in one file. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Snapshot, snapshotPath } from '../../hub/api/snapshot.ts';
import { coracleVersion } from '../../hub/api/version.ts';
import { readRunFile } from '../../hub/base/daemon.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { again } from './again.ts';
import type { BackupSource, WrittenBackup } from './backup/archive-writer.ts';
import { backupForm, type BackupList } from './backup/backup-list.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { makeDirectory } from './data-directory.ts';
import { Failure, notRunning } from './failure.ts';
import { HubClient } from './hub-client.ts';
import { checkFormat, printStructured } from './output-format.ts';
import { inWords } from './system-words.ts';
import { silently, type Terminal } from './terminal.ts';

/** Copying a database takes so many milliseconds at most. */
const copyTimeout = 600_000;

/** What is made anew, belongs to this machine alone, or comes out of a snapshot. */
const leftOut =
  /^(run\.json|hub\.log|state\.db(-wal|-shm)?|encryption-keys\.json|snapshot-[^/]*\/.*|audit.*\.log|.*\.new)$/;

interface BackupOptions {
  dataDir?: string;
  format: string;
}

/** Adds both commands. */
export function addBackup(program: Command, terminal: Terminal): void {
  withDataDir(program.command('backup [file]'))
    .description('write everything this hub is into one file, while it runs')
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .addHelpText(
      'after',
      '\nExamples:\n  coracle backup\n  coracle backup /mnt/usb/hub.backup --format json\n\nThe file (0600) holds objects, certificates, settings and the keys of Secrets: keep it as you keep those.\nData in volumes of Pods are not in it.',
    )
    .action(async (file: string | undefined, options: BackupOptions) => {
      checkFormat(options.format, ['pretty', 'json', 'yaml']);
      const created = new Date();
      const target = resolve(file ?? `coracle-${created.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}.backup`);
      const { format } = options;
      const step = format === 'pretty' ? terminal.step : silently;
      const written = await step('Backing up the hub', () => backUp(chosenDataDir(options), target, created));
      if (format === 'json' || format === 'yaml')
        return printStructured(terminal, format, { file: target, ...written });
      terminal.print(`${target}: ${Math.ceil(written.bytes / 1024)} KiB, sha256 ${written.digest}`);
    });
  withDataDir(program.command('restore <file>'))
    .description('make this machine the hub of a backup')
    .addHelpText(
      'after',
      '\nExample:\n  coracle stop && coracle restore hub.backup && coracle start\n\nWhat was here is set aside, not removed. Nodes find the hub again at the address they joined it by.',
    )
    .action((file: string, options: { dataDir?: string }) => restore(chosenDataDir(options), resolve(file), terminal));
}

async function backUp(dir: DataDir, target: string, created: Date): Promise<WrittenBackup> {
  if (!existsSync(join(dir.hub.dir, 'state.db'))) throw notRunning(dir.root);
  if (existsSync(target)) throw new Failure(`${target} is there already`, { next: 'choose another name' });
  const about = { form: backupForm, version: coracleVersion, created: created.toISOString() };
  const isRunning = readRunFile(dir.hub.run) !== undefined;
  const folder = isRunning ? await snapshot(dir) : undefined;
  try {
    const state = folder === undefined ? stateAtRest(dir) : stateIn(folder);
    const { writeBackup } = await import('./backup/archive-writer.ts');
    return await writeBackup(target, about, [...(await others(dir)), ...state]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new Failure(
      `the backup cannot be written: ${inWords(error)} (${(error as NodeJS.ErrnoException).path ?? target})`,
      {
        next: 'choose another place: coracle backup FILE',
        cause: error,
      },
    );
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function snapshot(dir: DataDir): Promise<string> {
  const client = new HubClient(dir);
  const { folder } = await client.call<Snapshot>('POST', snapshotPath, undefined, { timeout: copyTimeout });
  return join(dir.hub.dir, folder);
}

const stateIn = (folder: string): BackupSource[] =>
  ['state.db', 'encryption-keys.json'].map((name) => ({ name: `hub/${name}`, path: join(folder, name) }));

/** Of a hub that does not run the files themselves are good, the log in front of the table with them. */
const stateAtRest = (dir: DataDir): BackupSource[] =>
  ['state.db', 'state.db-wal', 'encryption-keys.json']
    .map((name) => ({ name: `hub/${name}`, path: join(dir.hub.dir, name) }))
    .filter(({ path }) => existsSync(path));

async function others(dir: DataDir): Promise<BackupSource[]> {
  const entries = await readdir(dir.hub.dir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !leftOut.test(relative(dir.hub.dir, path)))
    .map((path) => ({ path, name: relative(dir.root, path) }));
  const own = existsSync(dir.kubeconfig) ? [{ path: dir.kubeconfig, name: relative(dir.root, dir.kubeconfig) }] : [];
  return [...files.toSorted((a, b) => (a.name < b.name ? -1 : 1)), ...own];
}

async function restore(dir: DataDir, file: string, terminal: Terminal): Promise<void> {
  if (readRunFile(dir.hub.run) !== undefined) {
    throw new Failure(`the hub runs (data directory ${dir.root}): it would go on over what is restored`, {
      next: `stop it first: ${again('stop')}`,
    });
  }
  if (!existsSync(file)) throw new Failure(`there is no file ${file}`);
  makeDirectory(dir, dir.root);
  const draft = join(dir.root, 'restoring');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  try {
    const list = await terminal.step('Unpacking the backup', () => unpacked(file, draft));
    const aside = await setAside(dir);
    await rename(join(draft, 'hub'), dir.hub.dir);
    if (existsSync(join(draft, 'kubeconfig'))) await rename(join(draft, 'kubeconfig'), dir.kubeconfig);
    if (aside !== undefined) terminal.note(`What was here before is in ${aside}; remove it when all is well.`);
    terminal.print(`Restored the hub of ${list.created} into ${dir.root}. Start it with: ${again('start')}`);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function unpacked(file: string, draft: string): Promise<BackupList> {
  try {
    const { unpackBackup } = await import('./backup/archive-reader.ts');
    return await unpackBackup(file, draft, coracleVersion);
  } catch (error) {
    const message = inWords(error);
    const next = message.startsWith('the backup is of') ? 'install that version, restore, then upgrade' : undefined;
    throw new Failure(`${file} cannot be restored: ${message}`, {
      cause: error,
      ...(next === undefined ? {} : { next }),
    });
  }
}

async function setAside(dir: DataDir): Promise<string | undefined> {
  if (!existsSync(dir.hub.dir)) return undefined;
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const aside = join(dirname(dir.hub.dir), `hub-before-${time}`);
  await rename(dir.hub.dir, aside);
  return aside;
}
