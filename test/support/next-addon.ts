/** The next version of an addon that comes along: one object called otherwise, or gone, and one workload changed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { AddonDefinition } from '../../hub/api/addon.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import { titleOf } from './inventory.ts';

/** Where addons are that come along. */
export const coreAddons = fileURLToPath(new URL('../../configs/addons', import.meta.url));

/** A version that follows another. */
export interface NextAddon {
  readonly version: string;
  /** By path in a repository. */
  readonly files: Readonly<Record<string, string>>;
  /** Names as `titleOf` makes them. */
  readonly removed: string;
  readonly changed: string;
}

/** What addon.yaml of `name` says. */
export function readAddon(name: string): Partial<AddonDefinition> & { version: string } {
  return parse(readFileSync(join(coreAddons, name, 'addon.yaml'), 'utf8')) as AddonDefinition;
}

const workloads = ['DaemonSet', 'Deployment'];
/** What may have another name: who is bound, and a Service last, since its port may be free for one only. */
const renamed = ['RoleBinding', 'ClusterRoleBinding'];

/** Makes it. Throws when the addon has nothing that can be removed or changed. */
export function nextAddon(name: string): NextAddon {
  const definition = readAddon(name);
  const manifests = (definition.manifests ?? []).map((file) => ({
    file,
    objects: parseAllDocuments(readFileSync(join(coreAddons, name, file), 'utf8')).map(
      (one) => one.toJS() as KubeObject,
    ),
  }));
  const all = manifests.flatMap(({ objects }) => objects);
  const victim = all.find(({ kind }) => renamed.includes(kind)) ?? all.find(({ kind }) => kind === 'Service');
  const workload = all.find(({ kind }) => workloads.includes(kind));
  if (victim === undefined || workload === undefined) throw new Error(`addon ${name} has nothing to remove or change`);
  const title = ({ kind, metadata }: KubeObject): string => titleOf(kind, metadata.namespace, metadata.name);
  const [removed, changed] = [title(victim), title(workload)];
  if (renamed.includes(victim.kind)) victim.metadata.name = `${victim.metadata.name ?? ''}-next`;
  const { template } = workload.spec as { template: KubeObject };
  template.metadata.annotations = { ...template.metadata.annotations, 'example.org/next': 'true' };
  const version = `${definition.version}-next`;
  const files = Object.fromEntries(
    manifests.map(({ file, objects }) => {
      const kept = objects.filter((object) => object !== victim || renamed.includes(victim.kind));
      return [`${name}/${file}`, kept.map((object) => stringify(object)).join('---\n')];
    }),
  );
  return {
    version,
    removed,
    changed,
    files: { ...files, [`${name}/addon.yaml`]: stringify({ ...definition, version }) },
  };
}
