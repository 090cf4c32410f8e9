/** A Pod's volumes on the node, as the rest of the agent sees them. */
import type { ConfigMap, Secret } from '../../hub/api/config.ts';
import type { ObjectFieldSelector, ResourceFieldSelector } from '../../hub/api/container.ts';
import type { PersistentVolumeClaim } from '../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../hub/api/persistent-volume.ts';
import type { ImageVolumeSource, Pod, ServiceAccountTokenProjection } from '../../hub/api/pod.ts';

/** Where the contents of volumes come from; the Pod's own namespace is meant. */
export interface VolumeSources {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
  claim(name: string): PersistentVolumeClaim | undefined;
  persistentVolume(name: string): PersistentVolume | undefined;
  /** Undefined: no such field. */
  field(selector: ObjectFieldSelector): string | undefined;
  resource(selector: ResourceFieldSelector): string | undefined;
  /** Undefined: none can be had now (the hub is away); the file comes later. */
  token(projection: ServiceAccountTokenProjection): Promise<string | undefined>;
  /** Shows an image's files below an empty directory, pulled first as its policy says. Rejects with RuntimeError. */
  image(source: ImageVolumeSource, directory: string): Promise<void>;
  /** The Pod's containers are processes of the node: they walk to their volumes with their own rights. */
  readonly hostProcesses: boolean;
  /** Bytes of memory Pods of this node may use, and the Pod's own limit if it has one. */
  readonly memory: { readonly node: number; readonly pod?: number };
}

/** A volume that cannot be put in place; the message is what the user reads. */
export class VolumeError extends Error {}

/** Where a volume lies. */
export interface PlacedVolume {
  /** On the node. */
  readonly path: string;
  /** Containers may not write to it, whatever they ask. */
  readonly readOnly: boolean;
}

/** What `prepare` did. */
export interface Placement {
  readonly volumes: ReadonlyMap<string, PlacedVolume>;
  /** Volumes that are in place but could not be brought up to date: they stay as they were. Messages for the user. */
  readonly stale: readonly string[];
}

/** A part of a volume for one mount of a container. */
export interface SubPathRequest {
  readonly uid: string;
  readonly container: string;
  /** Place among the container's volumeMounts. */
  readonly index: number;
  readonly volume: PlacedVolume;
  /** Relative, without `..`, not empty. */
  readonly subPath: string;
}

/** What a volume of a Pod uses. */
export interface VolumeUsage {
  readonly name: string;
  /** Bytes on the disk, or of memory. */
  readonly bytes: number;
  readonly inodes: number;
  /** It lies in memory: it does not count as ephemeral storage. */
  readonly memory: boolean;
  /** There was too much to count: the figures are what was counted until then. */
  readonly partial: boolean;
}

/** Volumes on disk. */
export interface Volumes {
  /** Idempotent, writes only what changed. Rejects with VolumeError, or RuntimeError where an image is missing. */
  prepare(pod: Pod, sources: VolumeSources): Promise<Placement>;
  /**
   * Where a subPath lies, made as a directory when nothing is there. With mounts the answer is a mount of exactly what
   * was found, so that nobody can exchange it afterwards. Rejects with VolumeError, also when it would leave the volume.
   */
  subPath(request: SubPathRequest): Promise<string>;
  /** Removes everything made for this Pod, and nothing that is merely shown in it. Idempotent. Rejects with VolumeError while a mount is in use. */
  remove(uid: string): Promise<void>;
  /** Removes what is left of Pods that `known` does not know. Answers their uids. */
  sweep(known: (uid: string) => boolean): Promise<readonly string[]>;
  /** Walks the Pod's emptyDir volumes. Costs a look at each file: for Pods with limits, and rarely. */
  usage(pod: Pod): Promise<readonly VolumeUsage[]>;
}
