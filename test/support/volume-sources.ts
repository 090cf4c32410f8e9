/** What volumes are made of, for tests of volumes alone. */
import type { VolumeSources } from '../../agent/volumes/volumes.ts';
import type { ConfigMap, Secret } from '../../hub/api/config.ts';
import type { PersistentVolumeClaim } from '../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../hub/api/persistent-volume.ts';
import type { Pod, PodSpec } from '../../hub/api/pod.ts';
import { podObject } from './objects.ts';

/** What there is; to be changed at will. */
export interface Things {
  readonly configMaps: Map<string, Record<string, string>>;
  readonly secrets: Map<string, Record<string, string>>;
  readonly claims: Map<string, PersistentVolumeClaim>;
  readonly persistentVolumes: Map<string, PersistentVolume>;
  readonly fields: Map<string, string>;
  token: string | undefined;
}

/** Nothing yet. */
export function things(): Things {
  return {
    configMaps: new Map(),
    secrets: new Map(),
    claims: new Map(),
    persistentVolumes: new Map(),
    fields: new Map(),
    token: undefined,
  };
}

/** Sources that show `from` as it is at each look; `laid` goes over them. */
export function sourcesOf(from: Things, laid: Partial<VolumeSources> = {}): VolumeSources {
  const encode = (data: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  const base = (kind: string, name: string) => ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default' } });
  return {
    configMap(name): ConfigMap | undefined {
      const data = from.configMaps.get(name);
      return data && { ...base('ConfigMap', name), data };
    },
    secret(name): Secret | undefined {
      const data = from.secrets.get(name);
      return data && { ...base('Secret', name), data: encode(data) };
    },
    claim: (name) => from.claims.get(name),
    persistentVolume: (name) => from.persistentVolumes.get(name),
    field: ({ fieldPath }) => from.fields.get(fieldPath),
    resource: ({ resource }) => from.fields.get(resource),
    token: async () => from.token,
    image: async () => {},
    hostProcesses: false,
    memory: { node: 2 ** 26 },
    ...laid,
  };
}

/** A Pod `uid` with these volumes and one container. */
export function podWith(volumes: PodSpec['volumes'], spec: Partial<PodSpec> = {}, uid = 'u'): Pod {
  const pod = podObject('p', { containers: [{ name: 'c', image: 'none' }], volumes, ...spec }) as unknown as Pod;
  pod.metadata.uid = uid;
  pod.metadata.namespace = 'default';
  return pod;
}
