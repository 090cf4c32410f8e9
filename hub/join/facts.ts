/** What anybody may know who wants to join: where, and by which CA. Kept as a ConfigMap that `coracle add-node` reads. */
import type { KubeObject } from '../api/object.ts';
import { configMaps } from '../api/resource.ts';
import { joinUser } from '../api/user.ts';
import type { Registry, WriteOptions } from '../registry/registry.ts';

const namespace = 'kube-public';
const name = 'coracle-join';
const writing: WriteOptions = {
  user: joinUser,
  manager: 'coracle-join',
};

/** Writes the facts when they changed. `hosts`: addresses of this hub, best first. */
export async function publishJoinFacts(
  registry: Pick<Registry, 'get' | 'create' | 'modify'>,
  facts: { caHash: string; hosts: readonly string[]; port: number },
): Promise<void> {
  const data = { caHash: facts.caHash, hosts: facts.hosts.join(','), port: String(facts.port) };
  if (registry.get(configMaps, namespace, name) === undefined) {
    const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
    await registry.create(configMaps, namespace, object, writing);
    return;
  }
  await registry.modify(
    configMaps,
    namespace,
    name,
    (object) => {
      object['data'] = data;
    },
    writing,
  );
}
