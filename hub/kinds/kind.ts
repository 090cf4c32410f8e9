/** The contract of this room: what one resource is, and what its kind does beyond being stored. */
import type { ConversionWebhook, JsonSchema } from '../api/custom-resource.ts';
import type { FieldError } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import type { ResourceRef } from '../api/resource.ts';
import type { TableColumn, TableCell } from '../api/table.ts';
import type { ConformMetadata } from './custom/prune.ts';
import type { CustomScale } from './custom/scale.ts';
import type { Structural } from './custom/structural.ts';
import type { Fields } from './sight.ts';

/** A subresource of a resource: `pods/status`, `deployments/scale`. */
export interface SubresourceInfo {
  readonly name: string;
  /** The kind of its bodies, and their group and version where they are not the parent's (`Scale` is autoscaling/v1). */
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  /** API verbs: create, get, update, patch, delete; `get` and `create` for connect subresources. */
  readonly verbs: readonly string[];
  /** True for exec, attach, portforward and proxy. */
  readonly connect: boolean;
}

/** One resource in one version: one row of the resource table, or one version of a CustomResourceDefinition. */
export interface ResourceInfo extends ResourceRef {
  readonly kind: string;
  readonly listKind: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** API verbs: create, delete, deletecollection, get, list, patch, update, watch. */
  readonly verbs: readonly string[];
  readonly subresources: ReadonlyMap<string, SubresourceInfo>;
  /** Where its objects are kept: equal to the resource itself, or the group and version they are stored as. */
  readonly storage: ResourceRef;
  /** The schema type of its bodies (`io.k8s.api.core.v1.Pod`). */
  readonly type: string;
  readonly strategy: Strategy;
  /** What a custom resource is beyond a row of the table; undefined for built-in ones. */
  readonly custom?: CustomKind;
}

/** One version of a custom kind, made ready. */
export interface CustomKind {
  /** Made ready when it is first asked for, and kept. */
  readonly schema: Structural;
  /** The same as the definition writes it; asking for it keeps nothing. */
  readonly json: JsonSchema;
  /** Its definition is being deleted: nothing is created any more. */
  readonly isTerminating: boolean;
  readonly scale: CustomScale | undefined;
  /** Who converts between its versions; undefined when only apiVersion differs. */
  readonly webhook: ConversionWebhook | undefined;
  /** What every use of this version is answered with; undefined unless it is deprecated. */
  readonly deprecation: string | undefined;
  /**
   * Takes out what the schema does not know, in place; answers it (`unknown field "spec.x"`). The metadata of the object
   * itself is the caller's; `conformMetadata` is asked about that of objects inside.
   */
  conform(object: object, conformMetadata: ConformMetadata): readonly string[];
}

/** Turns an object of one version of a resource into another one; pure, may share parts with its input. */
export type Convert = (object: KubeObject) => KubeObject;

/** How a subresource writes one part of an object, in the object's own form. */
export interface PartStrategy {
  /** Takes everything but that part from `old`, in place; twice does no harm. Shares parts with `old`. */
  prepare(object: KubeObject, old: KubeObject): void;
  /** What is wrong with the change. */
  validate(object: KubeObject, old: KubeObject): FieldError[];
}

/** What a kind does on its way into the store. Every member is synchronous and free of side effects beyond its argument. */
export interface Strategy {
  /** Fills unset fields in place, as the API server does on every decode. */
  setDefaults(object: KubeObject): void;
  /** At the first deletion of an object that is to stay until somebody has cleaned up: marks it, in place. */
  beginDelete?(object: KubeObject, now: string): void;
  /** Before a create: clears what a client may not set (status), in place. */
  prepareCreate(object: KubeObject): void;
  /** After a new object was found valid: what storing it adds, in place. */
  finishCreate?(object: KubeObject): void;
  /** Before an update of the main resource: keeps old status and other server-owned fields, in place. */
  prepareUpdate(object: KubeObject, old: KubeObject): void;
  /** Before an update of /status: keeps everything but status (and what status updates may change), in place. */
  prepareStatusUpdate(object: KubeObject, old: KubeObject): void;
  /** What is wrong with a new object (its metadata is checked elsewhere). */
  validateCreate(object: KubeObject): FieldError[];
  /** What is wrong with a change, immutability included. */
  validateUpdate(object: KubeObject, old: KubeObject): FieldError[];
  /** What is wrong with a change of /status. */
  validateStatusUpdate(object: KubeObject, old: KubeObject): FieldError[];
  /** What writes through its other subresources do, by their names. */
  readonly parts?: ReadonlyMap<string, PartStrategy>;
  /** How names are checked: '' when fine, else the reason (`a lowercase RFC 1123 subdomain must consist of …`). */
  validateName(name: string): string[];
  /** True when metadata.generation counts changes of the spec. */
  readonly hasGeneration: boolean;
  /** True when a PUT or PATCH of the main resource leaves status alone because /status exists. */
  readonly hasStatus: boolean;
  /** A PUT of a name that does not exist creates it (leases, events, endpoints and the like). */
  readonly createOnUpdate: boolean;
  /** A PUT without resourceVersion is allowed. */
  readonly unconditionalUpdate: boolean;
  /** Values of the fields that field selectors may name, besides metadata.name and metadata.namespace. */
  selectableFields(object: KubeObject): Record<string, string>;
  /** The names `selectableFields` answers. */
  readonly selectable: readonly string[];
  /** Seconds of grace a deletion has when the request names none; undefined when the kind is deleted at once. */
  gracePeriod?(object: KubeObject): number;
  /** Warnings for the client about a new or changed object. */
  warnings(object: KubeObject, old: KubeObject | undefined): string[];
  /** Columns of `kubectl get`; cells in the same order. `now` is Unix milliseconds. */
  readonly columns: readonly TableColumn[];
  cells(object: KubeObject, now: number): TableCell[];
  /** What `cells` looks at, for kinds with many big objects; undefined for all of an object. */
  readonly cellSight?: Fields;
  /** True for kinds without a table of their own. API: the list of their rows is null when it is empty. */
  readonly generalTable: boolean;
}

/** A group version and its resources, in discovery order. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ResourceInfo[];
}

/** Every resource the hub serves now. Built-in rows first; custom resources come and go. */
export interface Catalogue {
  /** Grows by one with every change. */
  readonly generation: number;
  find(group: string, version: string, resource: string): ResourceInfo | undefined;
  /** As `find`, and also rows that are only stored: versions of custom resources that are not served. */
  locate(group: string, version: string, resource: string): ResourceInfo | undefined;
  /** By kind, in that version. */
  byKind(group: string, version: string, kind: string): ResourceInfo | undefined;
  /** Groups in discovery order (core first), versions of a group preferred first. */
  groupVersions(): readonly GroupVersion[];
  /** The rows whose objects are stored as themselves: one for every kind of object there can be. */
  stored(): readonly ResourceInfo[];
  /** From the storage form of `info` to the version it is served in, and back. Undefined when both are the same. */
  fromStorage(info: ResourceInfo): Convert | undefined;
  toStorage(info: ResourceInfo): Convert | undefined;
  /** Puts custom rows in the place of those of the same resource; `hidden` is stored but not served. */
  setCustom(
    resource: { group: string; resource: string },
    served: readonly ResourceInfo[],
    hidden?: ResourceInfo,
  ): void;
}
