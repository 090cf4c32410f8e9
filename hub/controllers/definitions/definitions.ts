/** CustomResourceDefinitions on their way: names accepted, served, and when deleted emptied before they go. */
import { isNotFound } from '../../api/errors.ts';
import {
  cleanupFinalizer,
  type CustomResourceDefinition,
  customResourceDefinitions,
  type DefinitionCondition,
  type ResourceNames,
} from '../../api/custom-resource.ts';
import { timestamp } from '../../api/object.ts';
import type { ResourceRef } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { allKeys, createController, keyOf, splitKey } from '../controller.ts';
import { judgeEstablished, judgeNames, type Said, type TakenNames, withCondition } from './conditions.ts';

const deleting: Said = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};

class DefinitionController {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = { ...writerOf('custom-resource-definition-controller'), manager: 'kube-apiserver' };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** A definition; with it those of its group when it gives up names, which they may be waiting for. */
  *keys({ entry, previous, type }: Change): Iterable<string> {
    if (type !== 'DELETED') yield keyOf(entry);
    if (previous === undefined) return;
    const { definitions } = this.#context;
    const { spec, status } = definitions.of(previous);
    const kept = type === 'DELETED' ? new Set() : new Set(namesOf(definitions.of(entry).status?.acceptedNames));
    if (namesOf(status?.acceptedNames).every((name) => kept.has(name))) return;
    for (const other of this.#definitions()) {
      if (other.spec.group === spec.group && other.metadata.name !== entry.name) yield `/${other.metadata.name ?? ''}`;
    }
  }

  /** The definition of a custom object that went: it may be the last one. */
  owner(change: Change): readonly string[] {
    const { info } = change.entry;
    return change.type === 'DELETED' && info.custom !== undefined ? [`/${info.resource}.${info.group}`] : [];
  }

  readonly reconcile = async (key: string): Promise<Again> => {
    const { name } = splitKey(key);
    const entry = this.#context.registry.get(customResourceDefinitions, '', name);
    if (entry === undefined) return undefined;
    const definition = this.#context.definitions.of(entry);
    try {
      if (definition.metadata.deletionTimestamp === undefined) await this.#accept(definition);
      else await this.#empty(definition);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  };

  *#definitions(): Iterable<CustomResourceDefinition> {
    for (const entry of this.#context.registry.entries(customResourceDefinitions)) {
      yield this.#context.definitions.of(entry);
    }
  }

  async #accept(definition: CustomResourceDefinition): Promise<void> {
    const { names, condition } = judgeNames(definition, this.#taken(definition));
    const established = judgeEstablished(definition, condition.status === 'True');
    await this.#write(definition, [condition, established], names);
  }

  /** API: names are taken by those that were accepted before, not by those that only want them. */
  #taken(definition: CustomResourceDefinition): TakenNames {
    const resources = new Set<string>();
    const kinds = new Set<string>();
    for (const other of this.#definitions()) {
      if (other.spec.group !== definition.spec.group || other.metadata.name === definition.metadata.name) continue;
      const { plural, singular, shortNames, kind, listKind } = other.status?.acceptedNames ?? { plural: '', kind: '' };
      for (const name of [plural, singular, ...(shortNames ?? [])]) if (name) resources.add(name);
      for (const name of [kind, listKind]) if (name) kinds.add(name);
    }
    return { resources, kinds };
  }

  async #write(
    definition: CustomResourceDefinition,
    said: readonly Said[],
    names?: CustomResourceDefinition['spec']['names'],
  ): Promise<void> {
    const { registry, clock } = this.#context;
    const now = timestamp(clock.now());
    const told = (conditions: readonly DefinitionCondition[]): readonly DefinitionCondition[] =>
      said.reduce((list, one) => withCondition(list, one, now), conditions);
    const { conditions, acceptedNames } = definition.status ?? {};
    const before = conditions ?? [];
    // definitions are big, and most of the time nothing is new
    if (sameJson(told(before), before) && (names === undefined || sameJson(names, acceptedNames))) return;
    await registry.modify<CustomResourceDefinition>(
      customResourceDefinitions,
      '',
      definition.metadata.name ?? '',
      (object) => {
        const after = [...told(object.status?.conditions ?? [])];
        object.status = {
          ...object.status,
          conditions: after,
          ...(names === undefined ? {} : { acceptedNames: names }),
        };
      },
      { ...this.#writer, subresource: 'status' },
    );
  }

  /** Deletes what there is of a kind; the last object to go brings this definition here again. */
  async #empty(definition: CustomResourceDefinition): Promise<void> {
    if (!definition.metadata.finalizers?.includes(cleanupFinalizer)) return;
    const { registry } = this.#context;
    const ref = storedRef(definition);
    if (registry.count(ref) > 0 && registry.catalogue.locate(ref.group, ref.version, ref.resource) !== undefined) {
      await this.#write(definition, [deleting]);
      const entries = [...registry.entries(ref)];
      for (const entry of entries) await this.#delete(ref, entry.namespace, entry.name);
      if (registry.count(ref) > 0) return;
    }
    // API: with its status, which is judged by itself: what is wrong with the rest does not keep it
    await registry.modify<CustomResourceDefinition>(
      customResourceDefinitions,
      '',
      definition.metadata.name ?? '',
      (object) => {
        object.metadata.finalizers = object.metadata.finalizers?.filter((one) => one !== cleanupFinalizer) ?? [];
      },
      { ...this.#writer, subresource: 'status' },
    );
  }

  async #delete(ref: ResourceRef, namespace: string, name: string): Promise<void> {
    try {
      await this.#context.registry.delete(ref, namespace, name, this.#writer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function namesOf(names: Partial<ResourceNames> = {}): string[] {
  const { plural = '', singular = '', kind = '', listKind = '', shortNames = [] } = names;
  return [plural, singular, kind, listKind, ...shortNames].filter((name) => name !== '');
}

function storedRef({ spec }: CustomResourceDefinition): ResourceRef {
  const version = spec.versions.find((one) => one.storage)?.name ?? '';
  return { group: spec.group, version, resource: spec.names.plural };
}

/** The controller of CustomResourceDefinitions. */
export function createDefinitionController(context: ControllerContext): Part {
  const controller = new DefinitionController(context);
  return createController({
    name: 'custom-resource-definition',
    context,
    interests: [
      { ref: customResourceDefinitions, keys: (change) => controller.keys(change) },
      { ref: undefined, keys: (change) => controller.owner(change) },
    ],
    initial: () => allKeys(context, customResourceDefinitions),
    reconcile: controller.reconcile,
    workers: 1,
  });
}
