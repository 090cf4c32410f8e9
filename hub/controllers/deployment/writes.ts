/** What the Deployment controller writes: ReplicaSets made, sized, relabelled and removed, and the status. */
import { isAlreadyExists, isNotFound } from '../../api/errors.ts';
import { controllerOf } from '../../api/object.ts';
import { deployments, replicaSets } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../api/workload.ts';
import type { EventRecorder } from '../../registry/event-recorder.ts';
import type { Registry, WriteOptions } from '../../registry/registry.ts';
import { controllerReference } from '../claim.ts';
import { templateHash } from '../template-hash.ts';
import { writeStatus } from '../write-status.ts';
import { newSetAnnotations, revisionAnnotation, revisionOf, sizeAnnotations } from './annotations.ts';
import { fenceposts, hashLabel, type Rollout, sameTemplate, sizeWanted } from './sets.ts';
import { newSetSize, type Resize } from './sizing.ts';

/** Writes for one controller. Every method answers when its write is committed. */
export class DeploymentWrites {
  readonly #registry: Registry;
  readonly #writer: WriteOptions;
  readonly #recorder: EventRecorder;

  constructor(registry: Registry, writer: WriteOptions, recorder: EventRecorder) {
    this.#registry = registry;
    this.#writer = writer;
    this.#recorder = recorder;
  }

  #scaled(deployment: Deployment, set: string, from: number, to: number): void {
    const direction = to > from ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${set} from ${from} to ${to}`;
    this.#recorder.record({ about: deployment, type: 'Normal', reason: 'ScalingReplicaSet', message });
  }

  /** Sets a size and the annotations that go with it. */
  async resize(deployment: Deployment, { set, size }: Resize): Promise<void> {
    const from = sizeWanted(set);
    const annotations = sizeAnnotations(sizeWanted(deployment), fenceposts(deployment).surge);
    await this.#registry.modify<ReplicaSet>(
      replicaSets,
      set.metadata.namespace ?? '',
      set.metadata.name ?? '',
      (now) => {
        now.spec.replicas = size;
        now.metadata.annotations = { ...now.metadata.annotations, ...annotations };
      },
      this.#writer,
    );
    if (from !== size) this.#scaled(deployment, set.metadata.name ?? '', from, size);
  }

  /** Makes the ReplicaSet of the present template. Undefined when the name is taken by another one: try again. */
  async createSet(rollout: Rollout, revision: bigint): Promise<ReplicaSet | undefined> {
    const { deployment } = rollout;
    const { namespace = '', name = '' } = deployment.metadata;
    const hash = templateHash(deployment.spec.template, deployment.status?.collisionCount);
    const size = newSetSize(rollout, 0);
    const template = structuredClone(deployment.spec.template);
    template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [hashLabel]: hash } };
    const set: ReplicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        labels: { ...template.metadata.labels },
        annotations: {
          ...newSetAnnotations(deployment, undefined, revision),
          ...sizeAnnotations(sizeWanted(deployment), fenceposts(deployment).surge),
        },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas: size,
        ...(deployment.spec.minReadySeconds === undefined ? {} : { minReadySeconds: deployment.spec.minReadySeconds }),
        selector: {
          ...deployment.spec.selector,
          matchLabels: { ...deployment.spec.selector.matchLabels, [hashLabel]: hash },
        },
        template,
      },
    };
    try {
      const written = await this.#registry.create(replicaSets, namespace, set, this.#writer);
      if (size > 0) this.#scaled(deployment, written.entry.name, 0, size);
      return written.entry.object<ReplicaSet>();
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return this.#collided(deployment, `${name}-${hash}`);
    }
  }

  /** API: a name taken by a set of another owner or template makes the next hash different. */
  async #collided(deployment: Deployment, name: string): Promise<ReplicaSet | undefined> {
    const { namespace = '', uid } = deployment.metadata;
    const taken = this.#registry.get(replicaSets, namespace, name)?.object<ReplicaSet>();
    if (taken === undefined) return undefined;
    const ours = controllerOf(taken)?.uid === uid;
    if (ours && sameTemplate(taken.spec.template, deployment.spec.template)) return taken;
    await this.#registry.modify<Deployment>(
      deployments,
      namespace,
      deployment.metadata.name ?? '',
      (now) => {
        now.status = { ...now.status, collisionCount: (now.status?.collisionCount ?? 0) + 1 };
      },
      { ...this.#writer, subresource: 'status' },
    );
    return undefined;
  }

  /** Brings annotations and minReadySeconds of the newest set up to date, and the revision of the Deployment. */
  async annotate(deployment: Deployment, set: ReplicaSet, revision: bigint): Promise<void> {
    const annotations = newSetAnnotations(deployment, set.metadata.annotations, revision);
    const minReady = deployment.spec.minReadySeconds ?? 0;
    if (!sameJson(annotations, set.metadata.annotations ?? {}) || (set.spec.minReadySeconds ?? 0) !== minReady) {
      await this.#registry.modify<ReplicaSet>(
        replicaSets,
        set.metadata.namespace ?? '',
        set.metadata.name ?? '',
        (now) => {
          now.metadata.annotations = newSetAnnotations(deployment, now.metadata.annotations, revision);
          now.spec.minReadySeconds = minReady;
        },
        this.#writer,
      );
    }
    const known = revisionOf(set);
    const shown = String(known > revision ? known : revision);
    if (deployment.metadata.annotations?.[revisionAnnotation] === shown) return;
    await this.#registry.modify<Deployment>(
      deployments,
      deployment.metadata.namespace ?? '',
      deployment.metadata.name ?? '',
      (now) => {
        now.metadata.annotations = { ...now.metadata.annotations, [revisionAnnotation]: shown };
      },
      this.#writer,
    );
  }

  async removeSet(set: ReplicaSet): Promise<void> {
    const { namespace = '', name = '', uid = '' } = set.metadata;
    const options = { ...this.#writer, propagationPolicy: 'Background', preconditions: { uid } } as const;
    try {
      await this.#registry.delete(replicaSets, namespace, name, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  status({ metadata }: Deployment, status: DeploymentStatus): Promise<void> {
    const { namespace = '', name = '', uid = '' } = metadata;
    return writeStatus(this.#registry, { ref: deployments, namespace, name, uid }, status, this.#writer);
  }
}
