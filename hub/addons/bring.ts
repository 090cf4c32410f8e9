/** Brings an addon to what its definition and its arguments say: dependencies first, then its objects, then what is to go. */
import { type Addon, type AddonDefinition, addons, type AppliedObject, coreRepository } from '../api/addon.ts';
import { isAlreadyExists } from '../api/errors.ts';
import { apiVersionOf } from '../api/resource.ts';
import type { KubeObject } from '../api/object.ts';
import type { Registry } from '../registry/registry.ts';
import { argumentsOf } from '../api/addon-arguments.ts';
import { type DependencyContext, rivalOf, sourceOf } from './dependants.ts';
import { oneLine } from './health.ts';
import { type AddonObjects, addonWriter } from './objects.ts';
import { identityOf, nameOf, plan } from './plan.ts';
import { render } from './render.ts';
import type { Found, Repositories } from './repositories.ts';
import type { Brought } from './verdict.ts';

/** What it works with. */
export interface BringContext extends DependencyContext {
  readonly objects: AddonObjects;
  /** Notes in the addon's status what it is about to make, so that nothing is forgotten when the hub ends in between. */
  readonly intend: (name: string, applied: readonly AppliedObject[]) => Promise<void>;
}

/** An API error that may be over the next time. */
export interface Tried extends Brought {
  readonly retry?: boolean;
}

const nameOfAddon = (addon: Addon): string => addon.metadata.name ?? '';

/** The addon called `name` while it is enabled. */
function enabledAddon(registry: Registry, name: string): Addon | undefined {
  const addon = registry.get(addons, '', name)?.object<Addon>();
  return addon?.metadata.deletionTimestamp === undefined ? addon : undefined;
}

/** Does what is missing. `isDone`: this version with these arguments was applied before, and nobody changed it since. */
export async function bring(context: BringContext, addon: Addon, found: Found, isDone: boolean): Promise<Tried> {
  const status = addon.status ?? {};
  const kept: Brought = {
    applied: status.applied ?? [],
    ...(status.version === undefined ? {} : { version: status.version }),
    ...(status.observedGeneration === undefined ? {} : { generation: status.observedGeneration }),
  };
  const failed = (message: string): Brought => ({ ...kept, phase: 'Failed', message });
  if ('problem' in found) return failed(found.problem);
  const { definition } = found;
  const rival = await rivalOf(context, addon, definition.conflicts);
  if (rival !== undefined) return failed(`it cannot be enabled together with addon ${rival}`);
  const pin = addon.spec?.version ?? '';
  if (pin !== '' && pin !== definition.version) {
    if (status.version === pin) return kept;
    return failed(`version ${pin} is wanted, and the repository has ${definition.version}`);
  }
  if (isDone) return kept;
  const waiting = await awaited(context, addon, definition);
  if (waiting !== undefined) return { ...kept, ...waiting };
  const { values, problem } = {
    values: undefined,
    problem: undefined,
    ...argumentsOf(definition, addon.spec?.arguments ?? {}),
  };
  if (values === undefined) return failed(problem ?? '');
  let wanted: KubeObject[];
  try {
    wanted = render(await context.repositories.yaml(), definition, await found.manifests(), values);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
  return applyAll(context, addon, definition, wanted);
}

/** What is waited for; a missing dependency is enabled. */
async function awaited(
  context: BringContext,
  addon: Addon,
  definition: AddonDefinition,
): Promise<Pick<Brought, 'phase' | 'message'> | undefined> {
  const source = addon.spec?.source ?? coreRepository;
  const circle = await circleOf(context.repositories, source, definition);
  if (circle !== undefined) return { phase: 'Failed', message: `it requires itself: ${circle.join(' → ')}` };
  for (const name of definition.requires) {
    const other = enabledAddon(context.registry, name);
    if (other === undefined) await enable(context, source, name);
    const { phase, message = '' } = other?.status ?? {};
    if (phase === 'Ready') continue;
    const why = phase === 'Failed' ? `, which failed: ${message}` : '';
    return { phase: 'Pending', message: `waits for addon ${name}${why}` };
  }
  return undefined;
}

async function enable({ registry, repositories }: BringContext, source: string, name: string): Promise<void> {
  const from = await sourceOf(repositories, source, name);
  const spec = from === coreRepository ? {} : { source: from };
  const object: Addon = { apiVersion: apiVersionOf(addons), kind: 'Addon', metadata: { name }, spec };
  try {
    await registry.create(addons, '', object, addonWriter);
  } catch (error) {
    // also one that is being disabled: its going wakes this one
    if (!isAlreadyExists(error)) throw error;
  }
}

/** The way from an addon back to itself. */
async function circleOf(
  repositories: Repositories,
  source: string,
  definition: AddonDefinition,
): Promise<string[] | undefined> {
  const seen = new Set<string>();
  const visit = async (from: string, one: AddonDefinition, way: string[]): Promise<string[] | undefined> => {
    for (const name of one.requires) {
      if (name === definition.name) return [...way, name];
      if (seen.has(name)) continue;
      seen.add(name);
      const next = await sourceOf(repositories, from, name);
      const found = await repositories.find(next, name);
      const circle = 'definition' in found ? await visit(next, found.definition, [...way, name]) : undefined;
      if (circle !== undefined) return circle;
    }
    return undefined;
  };
  return visit(source, definition, [definition.name]);
}

async function applyAll(
  { objects, intend }: BringContext,
  addon: Addon,
  definition: AddonDefinition,
  wanted: readonly KubeObject[],
): Promise<Tried> {
  const name = nameOfAddon(addon);
  const before = addon.status?.applied ?? [];
  const { apply, prune } = plan(before, wanted);
  const known = new Set(before.map(identityOf));
  const coming = apply.map((object) => nameOf(object)).filter((one) => !known.has(identityOf(one)));
  const applied = new Map([...before, ...coming].map((one) => [identityOf(one), one]));
  if (coming.length > 0) await intend(name, [...applied.values()]);
  for (const object of apply) {
    const stop = await applyOne(objects, object, wanted, { name, applied });
    if (stop === undefined) continue;
    const { version } = addon.status ?? {};
    return { ...stop, applied: [...applied.values()], ...(version === undefined ? {} : { version }) };
  }
  for (const one of prune) if (await objects.remove(one, name)) applied.delete(identityOf(one));
  return {
    applied: [...applied.values()],
    version: definition.version,
    generation: addon.metadata.generation ?? 0,
  };
}

/** Applies one object and notes its uid; answers why it goes no further. */
async function applyOne(
  objects: AddonObjects,
  object: KubeObject,
  wanted: readonly KubeObject[],
  addon: { readonly name: string; readonly applied: Map<string, AppliedObject> },
): Promise<Omit<Tried, 'applied'> | undefined> {
  const { namespace, name } = object.metadata;
  const title = `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  const failed = (message: string, retry = false): Omit<Tried, 'applied'> => ({ phase: 'Failed', message, retry });
  const key = identityOf(nameOf(object));
  try {
    const outcome = await objects.put(object, addon.name, addon.applied.get(key)?.uid);
    if (outcome === 'unknown')
      return comes(object, wanted)
        ? { phase: 'Deploying', message: `waits for the kind ${object.kind} to be served` }
        : failed(`${title}: no such kind is served as ${object.apiVersion}`);
    if (outcome !== 'foreign') {
      addon.applied.set(key, nameOf(object, outcome.entry.uid));
      return undefined;
    }
    addon.applied.delete(key);
    // a Namespace may be shared
    if (object.kind === 'Namespace') return undefined;
    return failed(`${title} is there already, and addon ${addon.name} did not make it`);
  } catch (error) {
    return failed(`${title}: ${oneLine(error instanceof Error ? error.message : String(error))}`, true);
  }
}

/** True when the kind of `object` is defined by another object of the addon. */
function comes(object: KubeObject, wanted: readonly KubeObject[]): boolean {
  return wanted.some(
    ({ kind, spec }) =>
      kind === 'CustomResourceDefinition' &&
      (spec as { names?: { kind?: string } } | undefined)?.names?.kind === object.kind,
  );
}
