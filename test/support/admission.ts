/** Puts a request through the admission chain, as the registry does. */
import type { KubeObject } from '../../hub/api/object.ts';
import type { User } from '../../hub/api/user.ts';
import { createCatalogue } from '../../hub/kinds/catalogue.ts';
import { createAdmission } from '../../hub/registry/admission/create-admission.ts';
import type { AdmissionRequest } from '../../hub/registry/registry.ts';
import { manualClock } from './manual-clock.ts';
import { admin } from './objects.ts';
import { reader, type StoredObjects } from './stored.ts';

/** What is asked. */
export interface Asked {
  readonly operation?: AdmissionRequest['operation'];
  readonly object?: object;
  readonly old?: object;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly user?: User;
  readonly stored?: StoredObjects;
}

/** Answers the object as the chain leaves it, and the warnings; rejects when a plugin refuses. */
export async function admitted(asked: Asked): Promise<{ object: KubeObject; warnings: string[] }> {
  const { operation = 'CREATE', group = '', resource, namespace = 'n' } = asked;
  const info = createCatalogue().find(group, 'v1', resource);
  if (info === undefined) throw new Error(`no resource ${resource}`);
  const warnings: string[] = [];
  const object = asked.object === undefined ? undefined : (structuredClone(asked.object) as KubeObject);
  const request: AdmissionRequest = {
    operation,
    info,
    subresource: asked.subresource ?? '',
    namespace: info.namespaced ? namespace : '',
    name: asked.name ?? object?.metadata.name ?? '',
    object,
    old: asked.old as KubeObject | undefined,
    user: asked.user ?? admin,
    dryRun: false,
    warn: (text) => warnings.push(text),
  };
  const world = {
    namespaces: [{ metadata: { name: 'n' } }],
    serviceaccounts: [{ metadata: { name: 'default', namespace: 'n' } }],
    ...asked.stored,
  };
  const plugins = createAdmission({ reader: reader(world), clock: manualClock(), random: () => 0 });
  const asking = plugins.filter((plugin) => plugin.handles(request));
  for (const plugin of asking) await plugin.mutate?.(request);
  for (const plugin of asking) await plugin.validate?.(request);
  return { object: object as KubeObject, warnings };
}
