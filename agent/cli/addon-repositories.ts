/** `coracle addons repo`: repositories of addons beside the one that comes along. */
import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  addonRepositoriesPath,
  type AddonRepositoryView,
  coreRepository,
  incomingFolder,
  repositoryName,
  type TakenOver,
} from '../../hub/api/addon.ts';
import { again } from './again.ts';
import { readAddons } from './addon-client.ts';
import { checkSource, fetchRepository, type GitSource, repositoryDirectory } from './addon-git.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes, Failure } from './failure.ts';
import { HubClient } from './hub-client.ts';
import { checkFormat, printStructured } from './output-format.ts';
import { columns, type Terminal } from './terminal.ts';

interface Options {
  dataDir?: string;
}

/** Adds the commands below `addons`. */
export function addAddonRepositories(addons: Command, terminal: Terminal): void {
  const repo = addons.command('repo').description('repositories of addons beside the one that comes along');
  withDataDir(repo.command('add <name> <git-url>'))
    .description('add a repository; only on the machine of the hub')
    .option('-r, --reference <reference>', 'a branch, a tag or a commit', 'HEAD')
    .addHelpText(
      'after',
      '\nExamples:\n  coracle addons repo add fleet https://git.example.org/fleet-addons --reference v2',
    )
    .action((name: string, url: string, options: Options & { reference: string }) =>
      add(name, { url, reference: options.reference }, options, terminal),
    );
  withDataDir(repo.command('update [names...]'))
    .description('fetch repositories again; enabled addons follow')
    .action((names: string[], options: Options) => update(names, options, terminal));
  withDataDir(repo.command('remove <name>'))
    .description('forget a repository none of whose addons is enabled')
    .action((name: string, options: Options) => remove(name, options, terminal));
  withDataDir(repo.command('list'))
    .description('show the repositories')
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .action((options: Options & { format: string }) => list(options, terminal));
}

/** Repositories are kept where the hub is. */
async function open(options: Options): Promise<{
  client: HubClient;
  dir: ReturnType<typeof chosenDataDir>;
  repositories: readonly AddonRepositoryView[];
}> {
  const dir = chosenDataDir(options);
  const client = new HubClient(dir);
  const { catalogue } = await readAddons(client);
  return { client, dir, repositories: catalogue.repositories };
}

/** Has the hub look at what was fetched; throws Failure with the lines at fault when it refuses. */
async function takeOver(client: HubClient, name: string, kept: string): Promise<void> {
  const { refused } = await client.call<TakenOver>('POST', addonRepositoriesPath, undefined, { timeout: 60_000 });
  const problems = refused.find((one) => one.name === name)?.problems;
  if (problems === undefined) return;
  throw new Failure(`repository ${name} is refused:\n  ${problems.join('\n  ')}`, { next: kept });
}

async function add(name: string, source: GitSource, options: Options, terminal: Terminal): Promise<void> {
  checkSource(source);
  if (!repositoryName.test(name) || [coreRepository, incomingFolder].includes(name))
    throw new Failure(`a repository cannot be called "${name}"`, { exitCode: exitCodes.usage });
  const { client, dir, repositories } = await open(options);
  if (repositories.some((one) => one.name === name))
    throw new Failure(`there is a repository "${name}" already`, { next: again(`addons repo update ${name}`) });
  const commit = await terminal.step(`Fetching ${source.url}`, () => fetchRepository(dir, name, source));
  await takeOver(client, name, 'nothing of it was kept');
  terminal.print(`Repository ${name} is at ${commit.slice(0, 12)}. See what it has with: ${again('addons list')}`);
}

async function update(names: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const { client, dir, repositories } = await open(options);
  const known = repositories.filter((one) => one.url !== undefined);
  for (const name of names) if (!known.some((one) => one.name === name)) throw unknown(name);
  for (const { name, url = '', reference = 'HEAD', commit } of known) {
    if (names.length > 0 && !names.includes(name)) continue;
    const source = { url, reference };
    const now = await terminal.step(`Fetching ${url}`, () => fetchRepository(dir, name, source));
    await takeOver(client, name, 'what was there before is kept');
    terminal.print(`Repository ${name} ${now === commit ? 'has nothing new' : `is at ${now.slice(0, 12)} now`}.`);
  }
}

async function remove(name: string, options: Options, terminal: Terminal): Promise<void> {
  const { client, dir, repositories } = await open(options);
  if (!repositories.some((one) => one.name === name) || name === coreRepository) throw unknown(name);
  const { enabled } = await readAddons(client);
  const using = [...enabled.values()].filter(({ spec }) => spec?.source === name).map(({ metadata }) => metadata.name);
  if (using.length > 0)
    throw new Failure(`addons of it are enabled: ${using.join(', ')}`, {
      next: `disable them first: ${again(`disable ${using.join(' ')}`)}`,
    });
  await rm(repositoryDirectory(dir, name), { recursive: true, force: true });
  await client.call<TakenOver>('POST', addonRepositoriesPath);
  terminal.print(`Repository ${name} is forgotten.`);
}

async function list(options: Options & { format: string }, terminal: Terminal): Promise<void> {
  checkFormat(options.format, ['pretty', 'json', 'yaml']);
  const { repositories } = await open(options);
  if (options.format === 'json' || options.format === 'yaml') {
    const views = repositories.map(({ addons, ...view }) => ({ ...view, addons: addons.map(({ name }) => name) }));
    return printStructured(terminal, options.format, { repositories: views });
  }
  const rows = repositories.map(({ name, description, url = '', reference = '', commit = '' }) => [
    ...[name, url, reference, commit.slice(0, 12), description],
  ]);
  for (const line of columns([['NAME', 'URL', 'REFERENCE', 'COMMIT', 'DESCRIPTION'], ...rows])) terminal.print(line);
  for (const problem of repositories.flatMap((one) => one.problems)) terminal.note(`cannot be used: ${problem}`);
}

function unknown(name: string): Failure {
  return new Failure(`there is no repository "${name}" that was added`, {
    next: `see those there are with: ${again('addons repo list')}`,
    exitCode: exitCodes.usage,
  });
}
