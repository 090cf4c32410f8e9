/** What a node is sent of an object, and the version it then holds. */
import { hash } from 'node:crypto';
import type { ObjectMeta } from '../../api/object.ts';
import type { Pod } from '../../api/pod.ts';
import { sameJson } from '../../api/same-json.ts';
import type { Entry } from '../../registry/registry.ts';

/** JSON of an object whose metadata.resourceVersion is `version`. */
export interface Projection {
  readonly version: string;
  readonly bytes: Buffer;
}

/**
 * The projection of an entry. Of Pods and Nodes the version is a hash over what concerns the node, not the revision:
 * a node's own status report must not come back to it as news. The others are versioned by revision.
 */
export function project(entry: Entry): Projection {
  const { resource } = entry.info;
  if (resource === 'pods') return projectPod(entry);
  if (resource === 'nodes') return projectNode(entry);
  const version = String(entry.revision);
  if (!entry.bytes.includes('"managedFields"')) return { version, bytes: entry.bytes };
  const object = entry.object();
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { version, bytes: Buffer.from(JSON.stringify({ ...object, metadata })) };
}

/** The version alone. */
export function versionOf(entry: Entry): string {
  const { resource } = entry.info;
  if (resource === 'pods' || resource === 'nodes') return hashOf(concern(entry.object<Pod>()));
  return String(entry.revision);
}

/** True when a change between two states of a Pod or Node is news for the node. */
export function concerns(previous: Entry, entry: Entry): boolean {
  const one = concern(previous.object<Pod>());
  const other = concern(entry.object<Pod>());
  const { spec: oneSpec, generation: oneGeneration, ...oneRest } = one;
  const { spec: otherSpec, generation: otherGeneration, ...otherRest } = other;
  if (!sameJson(oneRest, otherRest)) return true;
  // API: generation counts the changes of a Pod's spec; Nodes have none.
  if (oneGeneration !== undefined && otherGeneration !== undefined) return oneGeneration !== otherGeneration;
  return !sameJson(oneSpec, otherSpec);
}

interface Concern {
  generation?: number | undefined;
  labels?: ObjectMeta['labels'];
  annotations?: ObjectMeta['annotations'];
  deletionTimestamp?: string | undefined;
  deletionGracePeriodSeconds?: number | undefined;
  spec: unknown;
}

function concern(object: { metadata: ObjectMeta; spec: unknown }): Concern {
  const { labels, annotations, generation, deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  return {
    generation,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    deletionTimestamp,
    deletionGracePeriodSeconds,
    spec: object.spec,
  };
}

function hashOf(concern: Concern): string {
  return hash('sha1', JSON.stringify(concern), 'base64url').slice(0, 16);
}

/** With its status: a node that lost its disk goes on from there. */
function projectPod(entry: Entry): Projection {
  const pod = entry.object<Pod>();
  const version = hashOf(concern(pod));
  const { managedFields: _dropped, ...metadata } = pod.metadata;
  const bytes = Buffer.from(JSON.stringify({ ...pod, metadata: { ...metadata, resourceVersion: version } }));
  return { version, bytes };
}

/** Without its status, which is the node's own word. */
function projectNode(entry: Entry): Projection {
  const node = entry.object<Pod>();
  const version = hashOf(concern(node));
  const { managedFields: _dropped, ...metadata } = node.metadata;
  const { apiVersion, kind, spec } = node;
  const bytes = Buffer.from(
    JSON.stringify({ apiVersion, kind, metadata: { ...metadata, resourceVersion: version }, spec }),
  );
  return { version, bytes };
}
