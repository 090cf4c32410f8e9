/** The claims of a StatefulSet's Pods: made with the first Pod that needs them, and owned as the retention policy says. */
import { isAlreadyExists, isConflict, isNotFound } from '../../api/errors.ts';
import type { KubeObject, OwnerReference } from '../../api/object.ts';
import { persistentVolumeClaims, statefulSets } from '../../api/resource.ts';
import type { EventRecorder } from '../../registry/event-recorder.ts';
import type { Change, Entry, Registry, WriteOptions } from '../../registry/registry.ts';
import { type Interest, keyOf } from '../controller.ts';
import { type ClaimOwner, claimOwners, isStale } from './claim-owners.ts';
import { claimsOf, isWanted, ordinalOf, type SpecifiedSet } from './identity.ts';
import type { StatefulPod } from './plan.ts';

function podOf(set: SpecifiedSet, ordinal: number, uid: string): ClaimOwner {
  return { apiVersion: 'v1', kind: 'Pod', name: `${set.metadata.name}-${ordinal}`, uid };
}

function asOwner({ apiVersion, kind, metadata }: SpecifiedSet): ClaimOwner {
  return { apiVersion, kind, name: metadata.name ?? '', uid: metadata.uid ?? '' };
}

/** Claims of all StatefulSets. */
export class StatefulClaims {
  readonly #registry: Registry;
  readonly #writer: WriteOptions;
  readonly #recorder: EventRecorder;

  constructor(registry: Registry, writer: WriteOptions, recorder: EventRecorder) {
    this.#registry = registry;
    this.#writer = writer;
    this.#recorder = recorder;
  }

  /** Makes what is missing for a new Pod. False: one from before is on its way out, and the Pod has to wait. */
  async ensure(set: SpecifiedSet, ordinal: number): Promise<boolean> {
    const { namespace = '' } = set.metadata;
    const pod = podOf(set, ordinal, '');
    let usable = true;
    for (const claim of claimsOf(set, ordinal)) {
      const held = this.#registry.get(persistentVolumeClaims, namespace, claim.metadata.name ?? '');
      if (held === undefined) await this.#create(set, pod, claim);
      else if (isStale(held.owners ?? [], pod) || held.object().metadata.deletionTimestamp !== undefined)
        usable = false;
    }
    if (usable) await this.#own(set, ordinal, pod);
    return usable;
  }

  async #create(set: SpecifiedSet, pod: ClaimOwner, claim: KubeObject): Promise<void> {
    const { name, namespace = '' } = set.metadata;
    const shown = `Claim ${claim.metadata.name}`;
    try {
      await this.#registry.create(persistentVolumeClaims, namespace, claim, this.#writer);
      const message = `create ${shown} Pod ${pod.name} in StatefulSet ${name} success`;
      this.#recorder.record({ about: set, type: 'Normal', reason: 'SuccessfulCreate', message });
    } catch (error) {
      if (isAlreadyExists(error)) return;
      const why = error instanceof Error ? error.message : String(error);
      const message = `create ${shown} for Pod ${pod.name} in StatefulSet ${name} failed error: ${why}`;
      this.#recorder.record({ about: set, type: 'Warning', reason: 'FailedCreate', message });
      throw error;
    }
  }

  /** Gives the claims of the Pods there are the owners they should have. Comes before a Pod is removed. */
  async keepOwners(set: SpecifiedSet, state: readonly StatefulPod<Entry>[]): Promise<void> {
    if ((set.spec.volumeClaimTemplates ?? []).length === 0) return;
    for (const { ordinal, ref } of state) await this.#own(set, ordinal, podOf(set, ordinal, ref.uid));
  }

  async #own(set: SpecifiedSet, ordinal: number, pod: ClaimOwner): Promise<void> {
    const { namespace = '', name: setName } = set.metadata;
    const policy = set.spec.persistentVolumeClaimRetentionPolicy;
    const wanted = isWanted(set, ordinal);
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const claim = this.#registry.get(
        persistentVolumeClaims,
        namespace,
        `${template.metadata.name}-${setName}-${ordinal}`,
      );
      if (claim === undefined) continue;
      const due = (owners: readonly OwnerReference[]): readonly OwnerReference[] =>
        claimOwners({ owners, set: asOwner(set), pod, wanted, policy });
      const before = claim.owners ?? [];
      if (due(before) === before) continue;
      const change = ({ metadata }: KubeObject): void => {
        const owners = due(metadata.ownerReferences ?? []);
        if (owners.length > 0) metadata.ownerReferences = [...owners];
        else delete metadata.ownerReferences;
      };
      const options = { ...this.#writer, preconditions: { uid: claim.uid } };
      try {
        await this.#registry.modify(persistentVolumeClaims, namespace, claim.name, change, options);
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
    }
  }

  /** The sets a claim that is gone concerns: a Pod may have waited for it to go. */
  interest(): Interest {
    const registry = this.#registry;
    return {
      ref: persistentVolumeClaims,
      *keys({ type, entry }: Change) {
        if (type !== 'DELETED') return;
        for (const candidate of registry.entries(statefulSets, entry.namespace)) {
          const templates = candidate.object<SpecifiedSet>().spec.volumeClaimTemplates ?? [];
          const claimed = templates.some(
            ({ metadata }) => ordinalOf(`${metadata.name}-${candidate.name}`, entry.name) !== undefined,
          );
          if (claimed) yield keyOf(candidate);
        }
      },
    };
  }
}
