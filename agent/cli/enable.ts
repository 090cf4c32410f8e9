/** `coracle enable`: says which addons are wanted, and waits until they are ready or says why they are not. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Addon, coreRepository } from '../../hub/api/addon.ts';
import { argumentsOf } from '../../hub/api/addon-arguments.ts';
import { again } from './again.ts';
import {
  addonLine,
  addonsPath,
  type AddonsThere,
  findAddon,
  type FoundAddon,
  isLookedAt,
  readAddons,
} from './addon-client.ts';
import { namedArguments, readAddonWord, readPair } from './addon-words.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes, Failure } from './failure.ts';
import { HubClient, HubRefusal } from './hub-client.ts';
import { checkFormat, printStructured } from './output-format.ts';
import { seconds } from './seconds-option.ts';
import type { Terminal } from './terminal.ts';

interface EnableOptions {
  dataDir?: string;
  set: Record<string, string>;
  source?: string;
  timeout: number;
  format: string;
}

function setting(text: string, before: Record<string, string>): Record<string, string> {
  const pair = readPair(text);
  if (pair === undefined) throw new InvalidArgumentError('It takes NAME=VALUE.');
  return { ...before, [pair[0]]: pair[1] };
}

/** Adds the command. */
export function addEnable(program: Command, terminal: Terminal): void {
  withDataDir(program.command('enable <addons...>'))
    .description('enable addons, and wait until they are ready')
    .option('-s, --set <name=value>', 'an argument of the addon; may be given several times', setting, {})
    .option('--source <repository>', 'the repository the addon is taken from')
    .option('-t, --timeout <seconds>', 'how long to wait at most; 0: not at all', seconds, 300)
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .addHelpText(
      'after',
      '\nExamples:\n  coracle enable dns\n  coracle enable ingress --set httpPort=8080\n  coracle enable ingress:httpPort=8080,httpsPort=8443\n\nEnabling what is enabled changes its arguments. Exit codes: 0 ready, 1 it failed, 5 not in time.',
    )
    .action((words: string[], options: EnableOptions) => enable(words, options, terminal));
}

/** One addon with what it is to be told. */
interface Wish extends FoundAddon {
  readonly told: Readonly<Record<string, string>>;
}

async function enable(words: readonly string[], options: EnableOptions, terminal: Terminal): Promise<void> {
  checkFormat(options.format, ['pretty', 'json', 'yaml']);
  if (words.length > 1 && Object.keys(options.set).length > 0)
    throw new Failure('--set is for one addon at a time', {
      next: `write arguments behind names: ${again('enable a:key=value b')}`,
      exitCode: exitCodes.usage,
    });
  const client = new HubClient(chosenDataDir(options));
  const there = await readAddons(client);
  const wishes = words.map((word) => wishOf(word, options, there));
  for (const wish of wishes) await put(client, wish, there.enabled.get(wish.definition.name));
  const say = options.format === 'pretty' ? terminal.print : terminal.note;
  const names = wishes.map(({ definition }) => definition.name);
  const states = await wait(client, names, options.timeout, say);
  if (options.format === 'json' || options.format === 'yaml')
    await printStructured(terminal, options.format, { addons: [...states.values()].map(shown) });
  judge(states, wishes, options);
  if (options.format !== 'pretty') return;
  for (const { definition } of wishes) {
    if (definition.builtIn !== undefined) terminal.print(`${definition.name} is always on. ${definition.builtIn}`);
    if (definition.notes !== undefined) terminal.print(`  ${definition.notes.replaceAll('\n', '\n  ')}`);
  }
}

function wishOf(word: string, options: EnableOptions, there: AddonsThere): Wish {
  const read = readAddonWord(word);
  const found = findAddon(there, read.name, options.source);
  const told = namedArguments(found.definition, read, options.set);
  const before = there.enabled.get(read.name)?.spec?.arguments ?? {};
  const checked = 'problem' in told ? told : argumentsOf(found.definition, { ...before, ...told.values });
  const next = { next: `see what it takes with: ${again(`addons info ${read.name}`)}`, exitCode: exitCodes.usage };
  if ('problem' in told) throw new Failure(told.problem, next);
  if ('problem' in checked) throw new Failure(checked.problem, next);
  return { ...found, told: told.values };
}

/** Creates or changes the object; of two at once both come to be. */
async function put(client: HubClient, { source, definition, told }: Wish, before: Addon | undefined): Promise<void> {
  const isCore = source === coreRepository;
  const spec = {
    ...(isCore ? {} : { source }),
    ...(Object.keys(told).length === 0 ? {} : { arguments: told }),
  };
  const { name } = definition;
  if (before === undefined) {
    const object = { apiVersion: 'addons.coracle.io/v1', kind: 'Addon', metadata: { name }, spec };
    try {
      await client.call('POST', addonsPath, object);
      return;
    } catch (error) {
      if (!(error instanceof HubRefusal) || error.status.code !== 409) throw error;
    }
  }
  if (before?.metadata.deletionTimestamp !== undefined)
    throw new Failure(`addon ${name} is being disabled`, {
      next: `try again when it is gone: ${again('addons list')}`,
    });
  // what is not named in a patch stays: back to core has to be said
  const change = isCore ? { ...spec, source: null } : spec;
  await client.call('PATCH', `${addonsPath}/${name}`, { spec: change }, { type: 'application/merge-patch+json' });
}

/** Follows the addons until each is ready or has failed, or the time is over; says each change. */
async function wait(
  client: HubClient,
  names: readonly string[],
  timeout: number,
  say: (line: string) => void,
): Promise<Map<string, Addon>> {
  const states = new Map<string, Addon>();
  const told = new Map<string, string>();
  const settled = (): boolean =>
    names.every((name) => {
      const addon = states.get(name);
      return addon !== undefined && isLookedAt(addon) && ['Ready', 'Failed'].includes(addon.status?.phase ?? '');
    });
  await client.watch<Addon, true>(`${addonsPath}?watch=true`, Math.max(timeout * 1000, 1000), (type, addon) => {
    const { name = '' } = addon.metadata;
    if (!names.includes(name)) return undefined;
    if (type === 'DELETED') throw new Failure(`addon ${name} was disabled meanwhile`);
    states.set(name, addon);
    if (isLookedAt(addon) && told.get(name) !== addonLine(addon)) {
      told.set(name, addonLine(addon));
      say(addonLine(addon));
    }
    return settled() || (timeout === 0 && states.size === names.length) ? true : undefined;
  });
  return states;
}

const shown = ({ metadata, spec, status = {} }: Addon): object => {
  const { applied: _, conditions: __, observedGeneration: ___, ...rest } = status;
  return { name: metadata.name, source: spec?.source ?? coreRepository, ...rest };
};

function judge(states: ReadonlyMap<string, Addon>, wishes: readonly Wish[], { timeout }: EnableOptions): void {
  if (timeout === 0) return;
  for (const { definition } of wishes) {
    const { name, images } = definition;
    const addon = states.get(name);
    const phase = addon?.status?.phase ?? 'Pending';
    if (phase === 'Ready') continue;
    const line = addon === undefined ? `${name} was not looked at` : addonLine(addon);
    const next =
      images.length > 0
        ? `its nodes need these images: ${images.join(', ')}`
        : `see: ${again(`status --addon ${name}`)}`;
    if (phase === 'Failed') throw new Failure(`addon ${line}`, { next });
    throw new Failure(`addon ${line} after ${timeout} s`, { next, exitCode: exitCodes.timeout });
  }
}
