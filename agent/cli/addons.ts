/** `coracle addons`: what can be enabled, what is, and from where. */
import type { Command } from 'commander';
import type { Addon, AddonDefinition } from '../../hub/api/addon.ts';
import { type AddonsThere, findAddon, readAddons } from './addon-client.ts';
import { addAddonRepositories } from './addon-repositories.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { HubClient } from './hub-client.ts';
import { checkFormat, printStructured } from './output-format.ts';
import { columns, type Terminal } from './terminal.ts';

interface Options {
  dataDir?: string;
  format: string;
  source?: string;
}

/** Adds the commands. */
export function addAddons(program: Command, terminal: Terminal): void {
  const addons = program.command('addons').description('what can be enabled, and from where');
  withDataDir(addons.command('list'))
    .description('show all addons and how those are that are enabled')
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .action((options: Options) => list(options, terminal));
  withDataDir(addons.command('info <name>'))
    .description('show what an addon is, and what it can be told')
    .option('--source <repository>', 'the repository it is in')
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .action((name: string, options: Options) => info(name, options, terminal));
  addAddonRepositories(addons, terminal);
}

/** An addon as it is listed. */
export interface AddonView {
  readonly name: string;
  readonly source: string;
  readonly version: string;
  readonly status: string;
  readonly wanted: number;
  readonly ready: number;
  readonly message?: string;
  readonly description: string;
}

/** Every addon there is or that is enabled, in the order of names. */
export function addonViews({ catalogue, enabled }: AddonsThere): AddonView[] {
  const views: AddonView[] = [];
  const left = new Map(enabled);
  for (const { name: source, addons } of catalogue.repositories) {
    for (const definition of addons) {
      const addon = enabled.get(definition.name);
      const isThis = (addon?.spec?.source ?? 'core') === source;
      views.push(viewOf(source, definition, isThis ? addon : undefined));
      if (isThis) left.delete(definition.name);
    }
  }
  for (const [name, addon] of left)
    views.push(viewOf(addon.spec?.source ?? 'core', { name, version: '', description: '' }, addon));
  return views.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function viewOf(
  source: string,
  definition: Pick<AddonDefinition, 'name' | 'version' | 'description'>,
  addon: Addon | undefined,
): AddonView {
  const { phase = 'Pending', version = definition.version, wanted = 0, ready = 0, message } = addon?.status ?? {};
  const { name, description } = definition;
  const status = addon === undefined ? 'disabled' : phase;
  return { name, source, version, status, wanted, ready, ...(message === undefined ? {} : { message }), description };
}

async function list(options: Options, terminal: Terminal): Promise<void> {
  checkFormat(options.format, ['pretty', 'json', 'yaml']);
  const there = await readAddons(new HubClient(chosenDataDir(options)));
  const views = addonViews(there);
  if (options.format === 'json' || options.format === 'yaml')
    return printStructured(terminal, options.format, { addons: views });
  const rows = views.map((view) => [
    ...[view.name, view.source, view.version, view.status],
    ...[view.status === 'disabled' || view.wanted === 0 ? '' : `${view.ready}/${view.wanted}`, view.description],
  ]);
  for (const line of columns([['NAME', 'SOURCE', 'VERSION', 'STATUS', 'READY', 'DESCRIPTION'], ...rows]))
    terminal.print(line);
  for (const problem of there.catalogue.repositories.flatMap((one) => one.problems))
    terminal.note(`cannot be used: ${problem}`);
}

async function info(name: string, options: Options, terminal: Terminal): Promise<void> {
  checkFormat(options.format, ['pretty', 'json', 'yaml']);
  const there = await readAddons(new HubClient(chosenDataDir(options)));
  const { source, definition } = findAddon(there, name, options.source);
  const view = viewOf(source, definition, there.enabled.get(name));
  if (options.format === 'json' || options.format === 'yaml')
    return printStructured(terminal, options.format, { ...definition, source, status: view.status });
  const rows: [string, string][] = [
    ['name:', name],
    ['version:', definition.version],
    ['source:', source],
    ['status:', `${view.status}${view.message === undefined ? '' : ` (${view.message})`}`],
    ['description:', definition.description],
  ];
  if (definition.builtIn !== undefined) rows.push(['always on:', definition.builtIn]);
  if (definition.requires.length > 0) rows.push(['requires:', definition.requires.join(', ')]);
  if (definition.conflicts.length > 0) rows.push(['not with:', definition.conflicts.join(', ')]);
  if (definition.images.length > 0) rows.push(['images:', definition.images.join(', ')]);
  for (const line of columns(rows)) terminal.print(line);
  if (definition.parameters.length > 0) terminal.print('parameters:');
  const parameters = definition.parameters.map((one) => [
    `  ${one.name}`,
    one.required ? 'needed' : `default ${JSON.stringify(one.default ?? '')}`,
    one.enum === undefined ? one.description : `${one.description} (${one.enum.join(', ')})`,
  ]);
  for (const line of columns(parameters)) terminal.print(line);
  if (definition.notes !== undefined) terminal.print(definition.notes);
}
