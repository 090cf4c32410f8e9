/** ControllerRevisions: the templates a DaemonSet or StatefulSet had, one object each, so that it can go back. */
import { isAlreadyExists, isNotFound } from '../api/errors.ts';
import { controllerOf, type KubeObject } from '../api/object.ts';
import type { PodTemplateSpec } from '../api/pod.ts';
import { controllerRevisions } from '../api/resource.ts';
import type { ControllerRevision } from '../api/workload.ts';
import type { Registry, WriteOptions } from '../registry/registry.ts';
import { controllerReference } from './claim.ts';
import { canonical, templateHash } from './template-hash.ts';

/** On ControllerRevisions and Pods: the hash of the template. */
export const revisionHashLabel = 'controller-revision-hash';

/** Whose history, and how its revisions are labelled. */
export interface HistoryOptions {
  readonly registry: Registry;
  readonly writer: WriteOptions;
  readonly owner: KubeObject;
  readonly template: PodTemplateSpec;
  readonly collisionCount: number | undefined;
  /** The label that carries the hash. */
  readonly hashLabel: string;
}

/** The revision of the present template and all others, lowest first. */
export interface History {
  readonly current: ControllerRevision;
  readonly old: readonly ControllerRevision[];
}

/** What a revision holds: a strategic merge patch that puts the template back. */
function revisionData(template: PodTemplateSpec): Record<string, unknown> {
  return { spec: { template: { ...structuredClone(template), $patch: 'replace' } } };
}

/** The revisions an owner controls, lowest first. */
function revisionsOf(registry: Registry, uid: string): ControllerRevision[] {
  return registry
    .dependents(uid)
    .filter((entry) => entry.info.resource === 'controllerrevisions')
    .map((entry) => entry.object<ControllerRevision>())
    .filter((revision) => controllerOf(revision)?.uid === uid)
    .sort((a, b) => a.revision - b.revision);
}

/** Finds or makes the revision of the present template. Undefined: the name is taken, count a collision and try again. */
export async function currentRevision(options: HistoryOptions): Promise<History | undefined> {
  const { registry, writer, owner } = options;
  const namespace = owner.metadata.namespace ?? '';
  const all = revisionsOf(registry, owner.metadata.uid ?? '');
  const data = revisionData(options.template);
  // a null says no more than nothing: revisions of earlier versions hold some
  const content = canonical(data);
  const found = all.findLast((revision) => canonical(revision.data) === content);
  const old = all.filter((revision) => revision !== found);
  const number = (old.at(-1)?.revision ?? 0) + 1;
  if (found === undefined) {
    const made = await make(options, data, number);
    return made === undefined ? undefined : { current: made, old };
  }
  if (found.revision >= number) return { current: found, old };
  const written = await registry.modify<ControllerRevision>(
    controllerRevisions,
    namespace,
    found.metadata.name ?? '',
    (revision) => {
      revision.revision = number;
    },
    writer,
  );
  return { current: written.entry.object<ControllerRevision>(), old };
}

async function make(
  options: HistoryOptions,
  data: Record<string, unknown>,
  revision: number,
): Promise<ControllerRevision | undefined> {
  const { registry, writer, owner, template } = options;
  const { namespace = '', name = '', annotations } = owner.metadata;
  const hash = templateHash(template, options.collisionCount);
  const object: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name}-${hash}`,
      labels: { ...template.metadata?.labels, [options.hashLabel]: hash },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision,
  };
  try {
    return (await registry.create(controllerRevisions, namespace, object, writer)).entry.object<ControllerRevision>();
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return undefined;
  }
}

/** Removes the oldest revisions beyond `limit` that nothing uses. */
export async function trimHistory(
  options: HistoryOptions,
  history: History,
  limit: number,
  isUsed: (revision: ControllerRevision) => boolean,
): Promise<void> {
  const unused = history.old.filter((revision) => !isUsed(revision));
  for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) {
    const { namespace = '', name = '' } = revision.metadata;
    try {
      await options.registry.delete(controllerRevisions, namespace, name, options.writer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
