/** What the hub tells of addons: those there are, and those that are enabled. */
import {
  type Addon,
  type AddonCatalogue,
  addonCataloguePath,
  type AddonDefinition,
  coreRepository,
} from '../../hub/api/addon.ts';
import { again } from './again.ts';
import { exitCodes, Failure } from './failure.ts';
import type { HubClient } from './hub-client.ts';

/** Where Addon objects are. */
export const addonsPath = '/apis/addons.coracle.io/v1/addons';

/** All there is. */
export interface AddonsThere {
  readonly catalogue: AddonCatalogue;
  readonly enabled: ReadonlyMap<string, Addon>;
}

/** Asks the hub; takes at most `timeout` milliseconds. */
export async function readAddons(client: HubClient, timeout = 10_000): Promise<AddonsThere> {
  const [catalogue, list] = await Promise.all([
    client.call<AddonCatalogue>('GET', addonCataloguePath, undefined, { timeout }),
    client.call<{ items: Addon[] }>('GET', addonsPath, undefined, { timeout }),
  ]);
  return { catalogue, enabled: new Map(list.items.map((addon) => [addon.metadata.name ?? '', addon])) };
}

/** What MicroK8s' users call it, and what it is called here. */
const calledHere: ReadonlyMap<string, string> = new Map([
  ['metallb', 'loadbalancer'],
  ['storage', 'hostpath-storage'],
  ['prometheus', 'observability'],
  ['fluentd', 'log-collector'],
  ['traefik', 'ingress'],
]);

/** An addon in its repository. */
export interface FoundAddon {
  readonly source: string;
  readonly definition: AddonDefinition;
}

/** Finds an addon in `source`, else where it is enabled from, else in core, else in the one repository that has it. Throws Failure. */
export function findAddon({ catalogue, enabled }: AddonsThere, name: string, source?: string): FoundAddon {
  const wanted = source ?? enabled.get(name)?.spec?.source;
  const found: FoundAddon[] = [];
  for (const repository of catalogue.repositories) {
    if (wanted !== undefined && repository.name !== wanted) continue;
    const problem = repository.problems.find((one) => one.startsWith(`${name}/`));
    if (problem !== undefined)
      throw new Failure(`addon ${name} of repository ${repository.name} cannot be used: ${problem}`);
    const definition = repository.addons.find((one) => one.name === name);
    if (definition !== undefined) found.push({ source: repository.name, definition });
  }
  const [first, second] = found;
  if (first === undefined) {
    const where = wanted === undefined ? '' : ` in repository "${wanted}"`;
    const here = catalogue.repositories.flatMap((one) => one.addons).find((one) => one.name === calledHere.get(name));
    throw new Failure(`there is no addon "${name}"${where}`, {
      next:
        here === undefined
          ? `see what there is with: ${again('addons list')}`
          : `here that is: ${again(`enable ${here.name}`)}`,
      exitCode: exitCodes.usage,
    });
  }
  if (second === undefined || first.source === coreRepository) return first;
  throw new Failure(`addon "${name}" is in several repositories: ${found.map((one) => one.source).join(', ')}`, {
    next: `say which: ${again(`enable ${name} --source ${first.source}`)}`,
    exitCode: exitCodes.usage,
  });
}

/** How an addon is, in one line. */
export function addonLine({ metadata, status = {} }: Addon): string {
  const { phase = 'Pending', wanted = 0, ready = 0, message } = status;
  const figures = wanted === 0 ? '' : `, ${ready} of ${wanted} ready`;
  return `${metadata.name ?? ''}: ${phase}${figures}${message === undefined ? '' : ` (${message})`}`;
}

/** True once the hub has looked at the newest wishes of an addon. */
export function isLookedAt({ metadata, status }: Addon): boolean {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  return condition !== undefined && (condition.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}
