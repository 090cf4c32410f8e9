/** `coracle disable`: takes addons away, with all they made. */
import type { Command } from 'commander';
import { type Addon, addonForceAnnotation } from '../../hub/api/addon.ts';
import { again } from './again.ts';
import { addonsPath, type AddonsThere, readAddons } from './addon-client.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes, Failure } from './failure.ts';
import { HubClient, HubRefusal } from './hub-client.ts';
import { seconds } from './seconds-option.ts';
import type { Terminal } from './terminal.ts';

interface DisableOptions {
  dataDir?: string;
  force?: boolean;
  timeout: number;
}

/** Adds the command. */
export function addDisable(program: Command, terminal: Terminal): void {
  withDataDir(program.command('disable <addons...>'))
    .description('disable addons, and wait until nothing of them is left')
    .option('-f, --force', 'also when other addons need it')
    .option('-t, --timeout <seconds>', 'how long to wait at most', seconds, 120)
    .addHelpText(
      'after',
      '\nExamples:\n  coracle disable ingress\n\nWhat the addon made is deleted, its Namespaces with all that is in them, and nothing else.',
    )
    .action((names: string[], options: DisableOptions) => disable(names, options, terminal));
}

async function disable(names: readonly string[], options: DisableOptions, terminal: Terminal): Promise<void> {
  const client = new HubClient(chosenDataDir(options));
  const there = await readAddons(client);
  for (const name of names) {
    known(there, name);
    if (options.force !== true) refuse(there, name, names);
  }
  const going: string[] = [];
  // all of them first: one may wait for another that requires it
  for (const name of names) {
    if (options.force === true && there.enabled.has(name)) await force(client, name);
    if (await remove(client, name)) going.push(name);
    else terminal.print(`${name} is not enabled`);
  }
  for (const name of going) await terminal.step(`Disabling ${name}`, () => gone(client, name, options.timeout));
}

/** Refuses a name that is no addon's, as what was meant would stay. */
function known({ catalogue, enabled }: AddonsThere, name: string): void {
  const isThere = catalogue.repositories.some(({ addons }) => addons.some((one) => one.name === name));
  if (isThere || enabled.has(name)) return;
  throw new Failure(`there is no addon "${name}"`, {
    next: `see those that are enabled with: ${again('status')}`,
    exitCode: exitCodes.usage,
  });
}

/** Says to the hub that it goes whoever requires it. */
async function force(client: HubClient, name: string): Promise<void> {
  const change = { metadata: { annotations: { [addonForceAnnotation]: 'true' } } };
  const path = `${addonsPath}/${encodeURIComponent(name)}`;
  await client.call('PATCH', path, change, { type: 'application/merge-patch+json' });
}

/** Refuses what is built in, and what others need. */
function refuse({ catalogue, enabled }: AddonsThere, name: string, names: readonly string[]): void {
  const all = catalogue.repositories.flatMap(({ name: source, addons }) => addons.map((one) => ({ source, ...one })));
  const builtIn = all.find((one) => one.name === name)?.builtIn;
  if (builtIn !== undefined) throw new Failure(`${name} is always on: ${builtIn}`, { exitCode: exitCodes.usage });
  const needing = all.filter(
    (one) => one.requires.includes(name) && enabled.has(one.name) && !names.includes(one.name),
  );
  const [first] = needing;
  if (first === undefined) return;
  throw new Failure(`addon ${name} is needed by ${needing.map((one) => one.name).join(', ')}`, {
    next: `disable that as well: ${again(`disable ${first.name} ${name}`)}`,
  });
}

async function remove(client: HubClient, name: string): Promise<boolean> {
  try {
    await client.call('DELETE', `${addonsPath}/${encodeURIComponent(name)}`);
    return true;
  } catch (error) {
    if (error instanceof HubRefusal && error.status.code === 404) return false;
    throw error;
  }
}

/** Resolves when the addon is gone. */
async function gone(client: HubClient, name: string, timeout: number): Promise<void> {
  const there = await client.call<{ metadata: { resourceVersion: string }; items: Addon[] }>('GET', addonsPath);
  if (!there.items.some(({ metadata }) => metadata.name === name)) return;
  const path = `${addonsPath}?watch=true&resourceVersion=${there.metadata.resourceVersion}`;
  let why = '';
  const done = await client.watch<Addon, true>(path, timeout * 1000, (type, addon) => {
    if (addon.metadata.name !== name) return undefined;
    why = addon.status?.message ?? why;
    return type === 'DELETED' ? true : undefined;
  });
  if (done === true) return;
  throw new Failure(`addon ${name} is not gone after ${timeout} s${why === '' ? '' : `: ${why}`}`, {
    exitCode: exitCodes.timeout,
  });
}
