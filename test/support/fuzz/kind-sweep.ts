/** Every field of a kind being what nobody thought of, through decoding, defaults, admission, validation and printing: without a socket. */
import { ApiError } from '../../../hub/api/errors.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { namespaces, serviceAccounts } from '../../../hub/api/resource.ts';
import type { OpenedObjects } from '../../../hub/open-objects.ts';
import type { ResourceInfo } from '../../../hub/kinds/kind.ts';
import { Protobuf } from '../../../hub/kinds/protobuf/protobuf.ts';
import { FieldFault } from '../../../hub/kinds/scalar.ts';
import type { Entry, WriteOptions, Written } from '../../../hub/registry/registry.ts';
import { FieldVariants, type VariantOptions } from './field-variants.ts';
import { baseObject } from './valid-objects.ts';

const namespace = 'fuzz';
const admin: WriteOptions = {
  user: { name: 'admin', uid: '', groups: ['system:masters', 'system:authenticated'], extra: {} },
  manager: 'sweep',
  warn: () => {},
};
const dry: WriteOptions = { ...admin, dryRun: true };
/** Metadata is the same everywhere. */
const metadataOf = 'ConfigMap';

/** Refused with less than 500, or a fault of decoding: 400. */
const isAnswer = (error: unknown): boolean =>
  error instanceof FieldFault || (error instanceof ApiError && error.code < 500);

/** Sends variants through a registry. */
export class KindSweep {
  /** What should not have happened, as a person reads it. */
  readonly wrong: string[] = [];
  tried = 0;
  accepted = 0;
  readonly #objects: OpenedObjects;
  readonly #variants: FieldVariants;
  readonly #protobuf = new Protobuf();
  readonly #rows = new Map<ResourceInfo, readonly ResourceInfo[]>();

  constructor(objects: OpenedObjects) {
    this.#objects = objects;
    this.#variants = new FieldVariants(objects.schemas);
  }

  /** Makes the namespace of the objects, with what Pods need. */
  async begin(): Promise<void> {
    const { registry } = this.#objects;
    await registry.create(
      namespaces,
      '',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      admin,
    );
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
    await registry.create(serviceAccounts, namespace, account, admin);
  }

  /** All variants of the kind of a row; false when the object they are made of was refused. */
  async sweep(info: ResourceInfo, options: VariantOptions): Promise<boolean> {
    const base = baseObject(this.#objects.schemas, info, namespace);
    const name = base.metadata.name ?? '';
    const variants = [...this.#variants.of(info.type, base, options)].filter(
      ({ what }) => !what.startsWith('.metadata.') || info.kind === metadataOf,
    );
    for (const { what, object } of variants) await this.#created(info, what, object as KubeObject, base);
    const made = await this.#write(info, 'base', () => this.#create(info, base, admin));
    if (made === undefined) return false;
    for (const { what, object } of variants) await this.#changed(info, what, object as KubeObject, name);
    await this.#gone(info, name);
    return true;
  }

  /** As a new object; one that is accepted becomes the base again, and goes. */
  async #created(info: ResourceInfo, what: string, object: KubeObject, base: KubeObject): Promise<void> {
    const made = await this.#write(info, `${what}, created`, () => this.#create(info, object, admin));
    if (made === undefined) return;
    this.accepted += 1;
    const own = made.entry.name;
    await this.#write(info, `${what}, mended`, () => this.#update(info, base, own, dry));
    await this.#gone(info, own);
  }

  /** As the next state of an object, and of each of its parts. */
  async #changed(info: ResourceInfo, what: string, object: KubeObject, name: string): Promise<void> {
    await this.#write(info, `${what}, put`, () => this.#update(info, object, name, dry));
    const parts = [...(info.strategy.parts?.keys() ?? [])];
    const subresource = parts[this.tried % parts.length];
    if (subresource !== undefined) {
      const options = { ...dry, subresource };
      await this.#write(info, `${what}, put to ${subresource}`, () => this.#update(info, object, name, options));
    }
    if (!what.startsWith('.status') || !info.subresources.has('status')) return;
    const { registry } = this.#objects;
    const options = { ...admin, subresource: 'status' };
    const before = structuredClone(registry.get(info, info.namespaced ? namespace : '', name)?.object().status);
    const written = await this.#write(info, `${what}, put to status`, () => this.#update(info, object, name, options));
    if (written === undefined || written.outcome === 'unchanged') return;
    await this.#write(info, `${what}, mended`, () =>
      registry.modify(info, info.namespaced ? namespace : '', name, (now) => ({ ...now, status: before }), options),
    );
  }

  #create(info: ResourceInfo, object: KubeObject, options: WriteOptions): Promise<Written> {
    return this.#objects.registry.create(info, info.namespaced ? namespace : '', this.#decoded(info, object), options);
  }

  #update(info: ResourceInfo, object: KubeObject, name: string, options: WriteOptions): Promise<Written> {
    const { registry } = this.#objects;
    const where = info.namespaced ? namespace : '';
    const after = this.#decoded(info, object);
    after.metadata.name = name;
    if (!info.strategy.unconditionalUpdate) {
      after.metadata.resourceVersion = String(registry.get(info, where, name)?.revision ?? '');
    }
    return registry.update(info, where, name, after, options);
  }

  #decoded(info: ResourceInfo, object: KubeObject): KubeObject {
    const decoded = { ...structuredClone(object), apiVersion: object.apiVersion, kind: info.kind };
    this.#objects.conformer.conform(info.type, decoded);
    return decoded;
  }

  async #write(info: ResourceInfo, what: string, write: () => Promise<Written>): Promise<Written | undefined> {
    this.tried += 1;
    try {
      const written = await write();
      this.#print(written.entry);
      return written;
    } catch (error) {
      if (!isAnswer(error)) this.wrong.push(`${info.kind} ${info.version}: ${what}\n  ${(error as Error).stack}`);
      return undefined;
    }
  }

  /** In every version, as the server answers it, a table of it and protobuf. */
  #print(entry: Entry): void {
    for (const info of this.#rowsOf(entry.info)) {
      const object = this.#objects.registry.served(info, entry);
      info.strategy.cells(object, Date.now());
      info.strategy.selectableFields(object);
      if (this.#protobuf.knows(info.type)) this.#protobuf.encode(info.type, object);
    }
  }

  /** All that are stored where this one is. */
  #rowsOf(stored: ResourceInfo): readonly ResourceInfo[] {
    const known = this.#rows.get(stored);
    if (known !== undefined) return known;
    const all = this.#objects.registry.catalogue.groupVersions().flatMap((one) => one.resources);
    const rows = all.filter(({ storage }) => storage.group === stored.group && storage.resource === stored.resource);
    this.#rows.set(stored, rows);
    return rows;
  }

  async #gone(info: ResourceInfo, name: string): Promise<void> {
    const { registry } = this.#objects;
    const where = info.namespaced ? namespace : '';
    if (registry.get(info, where, name) === undefined) return;
    await registry.delete(info, where, name, { ...admin, gracePeriodSeconds: 0 });
    if (registry.get(info, where, name) === undefined) return;
    const options = info.kind === 'Namespace' ? { ...admin, subresource: 'finalize' } : admin;
    await registry.modify(
      info,
      where,
      name,
      (object) => {
        delete object.metadata.finalizers;
        // those of a Namespace
        if (info.kind === 'Namespace') object['spec'] = {};
      },
      options,
    );
  }
}
