/** Namespaces that are being deleted: empties them, Pods first, and lets them go. */
import { apiServices } from '../../api/api-service.ts';
import { type Namespace, namespaceFinalizer } from '../../api/config.ts';
import { isNotFound, qualified } from '../../api/errors.ts';
import { namespaces, pods } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, Entry, WriteOptions } from '../../registry/registry.ts';
import { deletedMark, finalizedMark } from '../byte-marks.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { allKeys, createController, splitKey } from '../controller.ts';
import { type Remaining, terminationConditions } from './remaining.ts';

/** Deletions under way at once. */
const atOnce = 500;

/** What other servers hold tells nobody when it has gone: looked at again after this many milliseconds. */
const lookAgain = 5_000;

/** What other servers said about a namespace. */
interface Elsewhere {
  readonly left: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  /** Group versions nobody can say what they have. */
  readonly unknown: readonly string[];
}

const nothingElsewhere: Elsewhere = { left: new Map(), failures: [], unknown: [] };

class Namespaces {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf('namespace-controller');
  readonly #ending = new Set<string>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** Namespaces that are ending, and those from which something has gone. */
  keys(change: Change): readonly string[] {
    const { entry } = change;
    if (entry.info.group === apiServices.group) return Array.from(this.#ending, (name) => `/${name}`);
    if (entry.info.resource === 'namespaces' && entry.info.group === '') {
      if (change.type === 'DELETED') this.#ending.delete(entry.name);
      else if (entry.object().metadata.deletionTimestamp !== undefined) {
        this.#ending.add(entry.name);
        return [`/${entry.name}`];
      }
      return [];
    }
    return change.type !== 'MODIFIED' && this.#ending.has(entry.namespace) ? [`/${entry.namespace}`] : [];
  }

  async reconcile(key: string): Promise<Again> {
    const { registry } = this.#context;
    const { name } = splitKey(key);
    const entry = registry.get(namespaces, '', name);
    const namespace = entry?.object<Namespace>();
    if (entry === undefined || namespace?.metadata.deletionTimestamp === undefined) return undefined;
    this.#ending.add(name);
    if (!(namespace.spec.finalizers ?? []).includes(namespaceFinalizer)) return undefined;
    const failures = await this.#empty(name);
    const elsewhere = await this.#emptyElsewhere(name);
    const remaining = this.#remaining(name, [...failures, ...elsewhere.failures], elsewhere);
    if (remaining.resources.size > 0 || remaining.failures.length > 0 || remaining.unknown.length > 0) {
      await this.#explain(entry, remaining);
      if (remaining.failures.length > 0) throw new Error(remaining.failures.join('; '));
      if (remaining.unknown.length > 0) throw new Error(`unknown: ${remaining.unknown.join(', ')}`);
      return elsewhere.left.size > 0 ? lookAgain : undefined;
    }
    await this.#release(name, entry.uid);
    return undefined;
  }

  #kinds(): Entry['info'][] {
    const kinds = this.#context.registry.catalogue
      .stored()
      .filter((info) => info.namespaced && info.verbs.includes('delete'));
    return kinds.sort((a, b) => Number(b.resource === 'pods') - Number(a.resource === 'pods'));
  }

  /** API: nothing else goes before the last Pod has, as Pods on their way out may need it. */
  async #empty(name: string): Promise<string[]> {
    const { registry } = this.#context;
    const failures: string[] = [];
    for (const info of this.#kinds()) {
      const waiting: Entry[] = [];
      for (const entry of registry.entries(info, name)) {
        if (!entry.bytes.includes(deletedMark)) waiting.push(entry);
      }
      for (let at = 0; at < waiting.length; at += atOnce) {
        const results = await Promise.allSettled(waiting.slice(at, at + atOnce).map((entry) => this.#delete(entry)));
        const failed = results.find((result) => result.status === 'rejected');
        if (failed !== undefined) failures.push(`${qualified(info)}: ${String(failed.reason)}`);
      }
      const isPods = info.resource === pods.resource && info.group === pods.group;
      if (isPods && registry.entries(pods, name)[Symbol.iterator]().next().done !== true) break;
    }
    return failures;
  }

  /** API: what other servers hold goes too, when the last Pod has gone. */
  async #emptyElsewhere(name: string): Promise<Elsewhere> {
    const { elsewhere, registry } = this.#context;
    if (elsewhere === undefined) return nothingElsewhere;
    const unknown = elsewhere.unknown();
    if (registry.entries(pods, name)[Symbol.iterator]().next().done !== true) return { ...nothingElsewhere, unknown };
    return { ...(await elsewhere.empty(name, this.#writer.user)), unknown };
  }

  async #delete(entry: Entry): Promise<void> {
    try {
      const options = { ...this.#writer, propagationPolicy: 'Background' } as const;
      await this.#context.registry.delete(entry.info, entry.namespace, entry.name, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #remaining(name: string, failures: readonly string[], { left, unknown }: Elsewhere): Remaining {
    const { registry } = this.#context;
    const resources = new Map<string, number>(left);
    const finalizers = new Map<string, number>();
    for (const info of this.#kinds()) {
      for (const entry of registry.entries(info, name)) {
        resources.set(qualified(info), (resources.get(qualified(info)) ?? 0) + 1);
        if (!entry.bytes.includes(finalizedMark)) continue;
        for (const one of entry.object().metadata.finalizers ?? []) finalizers.set(one, (finalizers.get(one) ?? 0) + 1);
      }
    }
    return { resources, finalizers, failures, unknown };
  }

  async #explain(entry: Entry, remaining: Remaining): Promise<void> {
    const before = entry.object<Namespace>().status?.conditions;
    const conditions = terminationConditions(before, remaining, this.#context.clock.now());
    if (sameJson(before, conditions)) return;
    await this.#context.registry.modify<Namespace>(
      namespaces,
      '',
      entry.name,
      (namespace) => {
        namespace.status = { ...namespace.status, conditions };
      },
      { ...this.#writer, subresource: 'status' },
    );
  }

  async #release(name: string, uid: string): Promise<void> {
    try {
      await this.#context.registry.modify<Namespace>(
        namespaces,
        '',
        name,
        (namespace) => {
          if (namespace.metadata.uid !== uid) return;
          namespace.spec.finalizers = (namespace.spec.finalizers ?? []).filter((one) => one !== namespaceFinalizer);
        },
        { ...this.#writer, subresource: 'finalize' },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** Lets deleted namespaces go when they are empty. */
export function createNamespaceController(context: ControllerContext): Part {
  const controller = new Namespaces(context);
  return createController({
    name: 'namespace',
    context,
    interests: [{ ref: undefined, keys: (change) => controller.keys(change) }],
    initial: () => allKeys(context, namespaces),
    reconcile: (key) => controller.reconcile(key),
  });
}
