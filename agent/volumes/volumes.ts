/** A Pod's volumes on the node, as the rest of the agent sees them. */
import type { ConfigMap, Secret } from '../../hub/api/config.ts';
import type { ObjectFieldSelector, ResourceFieldSelector } from '../../hub/api/container.ts';
import type { Pod, ServiceAccountTokenProjection } from '../../hub/api/pod.ts';

/** Where the contents of files come from; the Pod's own namespace is meant. */
export interface VolumeSources {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
  /** Undefined: no such field. */
  field(selector: ObjectFieldSelector): string | undefined;
  resource(selector: ResourceFieldSelector): string | undefined;
  /** Undefined: none can be had now (the hub is away); the file comes later. */
  token(projection: ServiceAccountTokenProjection): Promise<string | undefined>;
}

/** A volume that cannot be put in place; the message is what the user reads. */
export class VolumeError extends Error {}

/** Volumes on disk. */
export interface Volumes {
  /** Idempotent, writes only what changed. Answers volume name → path on the node. Rejects with VolumeError. */
  prepare(pod: Pod, sources: VolumeSources): Promise<ReadonlyMap<string, string>>;
  /** Removes everything `prepare` made for this Pod. */
  remove(uid: string): Promise<void>;
}
