/** Which addons stand on which: what one requires, directly or by others, and who keeps one from going. */
import { type Addon, addonForceAnnotation, addons, coreRepository } from '../api/addon.ts';
import type { Registry } from '../registry/registry.ts';
import type { Repositories } from './repositories.ts';

/** What is looked at. */
export interface DependencyContext {
  readonly registry: Registry;
  readonly repositories: Repositories;
}

/** Where a dependency comes from: the repository of who needs it, else what comes along. */
export async function sourceOf(repositories: Repositories, source: string, name: string): Promise<string> {
  return 'definition' in (await repositories.find(source, name)) ? source : coreRepository;
}

/** The names of all that addon `name` of `source` requires; itself among them when it requires itself. */
async function requiredBy(
  repositories: Repositories,
  source: string,
  name: string,
  seen: Set<string> = new Set(),
): Promise<ReadonlySet<string>> {
  const found = await repositories.find(source, name);
  for (const one of 'definition' in found ? found.definition.requires : []) {
    if (seen.has(one)) continue;
    seen.add(one);
    await requiredBy(repositories, await sourceOf(repositories, source, one), one, seen);
  }
  return seen;
}

/**
 * The name of an addon with objects of its own that requires `addon`, which is kept until that is gone: it may need it for its end, too.
 * Undefined when there is none, when the user said that it does not matter, and for those that require each other.
 */
export async function dependantOf(
  { registry, repositories }: DependencyContext,
  addon: Addon,
): Promise<string | undefined> {
  const { name = '', annotations = {} } = addon.metadata;
  if (annotations[addonForceAnnotation] === 'true') return undefined;
  const own = await requiredBy(repositories, addon.spec?.source ?? coreRepository, name);
  for (const entry of registry.entries(addons)) {
    const other = entry.object<Addon>();
    if (entry.name === name || own.has(entry.name) || (other.status?.applied ?? []).length === 0) continue;
    const needs = await requiredBy(repositories, other.spec?.source ?? coreRepository, entry.name);
    if (needs.has(name)) return entry.name;
  }
  return undefined;
}

/** The name of an enabled addon that `addon` yields to; undefined when there is none. */
export async function rivalOf(
  { registry, repositories }: DependencyContext,
  addon: Addon,
  conflicts: readonly string[],
): Promise<string | undefined> {
  for (const entry of registry.entries(addons)) {
    const other = entry.object<Addon>();
    if (entry.name === addon.metadata.name || other.metadata.deletionTimestamp !== undefined) continue;
    const named = conflicts.includes(entry.name);
    const found = await repositories.find(other.spec?.source ?? coreRepository, entry.name);
    const names = 'definition' in found && found.definition.conflicts.includes(addon.metadata.name ?? '');
    if ((named || names) && yields(addon, other, named && !names)) return entry.name;
  }
  return undefined;
}

/** True when `one` goes behind `other`: who has objects stays, then who was there first, then who does not name the other. */
function yields(one: Addon, other: Addon, isNamer: boolean): boolean {
  const has = ({ status }: Addon): boolean => (status?.applied ?? []).length > 0;
  if (has(one) !== has(other)) return has(other);
  const [since, others] = [one.metadata.creationTimestamp ?? '', other.metadata.creationTimestamp ?? ''];
  return since === others ? isNamer || (one.metadata.name ?? '') > (other.metadata.name ?? '') : since > others;
}
