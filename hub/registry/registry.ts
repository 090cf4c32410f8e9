/** The contract of this room: the only way to read or change an object. */
import type { KubeObject, OwnerReference } from '../api/object.ts';
import type { PodDigest } from '../api/pod-digest.ts';
import type { ResourceRef } from '../api/resource.ts';
import type { FieldSelector, LabelMatcher } from '../api/selector.ts';
import type { User } from '../api/user.ts';
import type { Catalogue, ResourceInfo } from '../kinds/kind.ts';

/**
 * One object as it is held in memory: its bytes in storage form and what the index filters on.
 * An Entry never changes; a write makes a new one.
 */
export interface Entry {
  /** The stored row's info (the storage version). */
  readonly info: ResourceInfo;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
  /** JSON, metadata.resourceVersion included. */
  readonly bytes: Buffer;
  readonly labels: Readonly<Record<string, string>>;
  /** metadata.ownerReferences. */
  readonly owners: readonly OwnerReference[] | undefined;
  /** What is known of a Pod without parsing it; undefined for everything else. */
  readonly pod: PodDigest | undefined;
  /** spec.nodeName of a Pod that has a node. */
  readonly node: string | undefined;
  /** The parsed object, shared: never change it, copy first (structuredClone). It is kept for a while. */
  object<T = KubeObject>(): T;
  /** The same for one look at each of many objects: what is parsed for it is not kept. */
  glance<T = KubeObject>(): T;
}

/** What happened to one object. `previous` is the entry before; for DELETED, `entry` holds the last state at the deletion's revision. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  readonly entry: Entry;
  readonly previous: Entry | undefined;
}

/** Which objects of a resource are meant. */
export interface Selection {
  namespace?: string;
  name?: string;
  labels?: LabelMatcher;
  fields?: FieldSelector;
}

/** Options of a list, with the semantics of the Kubernetes API (resourceVersion, resourceVersionMatch, limit, continue). */
export interface ListOptions extends Selection {
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: string;
}

/** A consistent page. `remaining` is exact when set. */
export interface ListResult {
  readonly revision: number;
  readonly entries: readonly Entry[];
  readonly continue?: string;
  readonly remaining?: number;
}

/** Options of a watch. `initialEvents`: API sendInitialEvents. */
export interface WatchOptions extends Selection {
  resourceVersion?: string;
  resourceVersionMatch?: string;
  bookmarks?: boolean;
  initialEvents?: boolean;
}

/** What a watcher receives, already filtered; selector transitions are turned into ADDED and DELETED. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly change: Change; readonly entry: Entry }
  | { readonly type: 'BOOKMARK'; readonly revision: number; readonly initialEventsEnd: boolean }
  | { readonly type: 'ERROR'; readonly error: Error };

/**
 * Where a watch delivers. Called with all events of one commit at once, in revision order, after the commit.
 * Answering false says "my buffer is full": the watch is ended and the client lists again.
 */
export type WatchSink = (events: readonly WatchEvent[]) => boolean;

/** What webhooks see of a write through a subresource whose bodies are no objects of that kind (Scale, Binding, Eviction). */
export interface AdmissionForm {
  readonly operation: 'CREATE' | 'UPDATE';
  /** The body that stands for an object; the object is not changed. */
  of(object: KubeObject): KubeObject;
  /** Takes over into the object what a webhook changed in its body, in place. */
  put(object: KubeObject, body: KubeObject): void;
}

/** Takes one audit annotation (audit.k8s.io Event.annotations): `policy.example.com/key` and its value. */
export type Annotate = (key: string, value: string) => void;

/** Who writes and how. */
export interface WriteOptions {
  readonly user: User;
  /** The field manager; API: fieldManager parameter, else the part of User-Agent before the slash. */
  readonly manager: string;
  readonly subresource?: string;
  readonly dryRun?: boolean;
  /** What to do about unknown and duplicate fields the decoder found. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** The object already carries its managed fields (server-side apply): they are not worked out again. */
  readonly ownsFields?: boolean;
  /** Told every warning, once. */
  readonly warn?: (text: string) => void;
  /** Told what admission wants written into the audit log beside the request. Unset where nobody writes one. */
  readonly annotate?: Annotate;
  /** Unset where webhooks see the object itself. */
  readonly form?: AdmissionForm;
}

/** metav1.DeleteOptions. */
export interface DeleteOptions extends WriteOptions {
  /**
   * Called once admission has allowed the deletion, before it is written; throws what refuses it after all. The object
   * may change meanwhile, and is not asked about again.
   */
  readonly admitted?: () => Promise<void>;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { uid?: string; resourceVersion?: string };
}

/** What a write left behind. For a dry run the entry is not in the index. */
export interface Written {
  readonly entry: Entry;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'deleted';
}

/** Changes a private copy of the current object in place, or answers another one; undefined keeps the copy. */
export type Mutate<T extends KubeObject = KubeObject> = (object: T) => T | undefined | void;

/**
 * The registry.
 *
 * INVARIANTS: reads see committed state only, and are synchronous; decisions of writes are made against committed state
 * *plus writes in flight*; changes are announced after their commit, in revision order, to every listener; a write that
 * changes nothing is answered without a revision.
 */
export interface Registry {
  readonly catalogue: Catalogue;
  /** The newest committed revision, and how far history was compacted. */
  head(): { revision: number; compacted: number };

  get(ref: ResourceRef, namespace: string, name: string): Entry | undefined;
  list(ref: ResourceRef, options?: ListOptions): ListResult;
  /** Every entry of a resource without paging or sorting: for controllers. */
  entries(ref: ResourceRef, namespace?: string): Iterable<Entry>;
  /** How many entries a resource has. */
  count(ref: ResourceRef): number;
  /** Entries (of any kind) that name `uid` in an owner reference. */
  dependents(uid: string): readonly Entry[];
  /** Pods bound to `node`. */
  podsOnNode(node: string): readonly Entry[];
  /** Starts a watch; the answer ends it. Throws Expired when `resourceVersion` is too old. */
  watch(ref: ResourceRef, options: WatchOptions, sink: WatchSink): () => void;
  /** Every change of a resource (all of them when undefined), in process, synchronously after each commit. */
  subscribe(ref: ResourceRef | undefined, listener: (change: Change) => void): () => void;

  /** The object of an entry as `info` serves it: shared, not to be changed. Throws InternalError when it is not `ready`. */
  served(info: ResourceInfo, entry: Entry): KubeObject;
  /** Asks for what only a webhook can convert; undefined when nothing is missing, which is so for nearly every resource. */
  ready(info: ResourceInfo, entries: Iterable<Entry>): Promise<void> | undefined;

  create(ref: ResourceRef, namespace: string, object: KubeObject, options: WriteOptions): Promise<Written>;
  /** PUT: the whole new object; its resourceVersion and uid, when set, are preconditions. */
  update(
    ref: ResourceRef,
    namespace: string,
    name: string,
    object: KubeObject,
    options: WriteOptions,
  ): Promise<Written>;
  /** Read, change, write, against the newest state (retried when it moved): patches and controllers. */
  modify<T extends KubeObject = KubeObject>(
    ref: ResourceRef,
    namespace: string,
    name: string,
    mutate: Mutate<T>,
    options: WriteOptions,
  ): Promise<Written>;
  delete(ref: ResourceRef, namespace: string, name: string, options: DeleteOptions): Promise<Written>;
  /** Asks admission about a connection to an object; `object` is its options (PodExecOptions and the like). Writes nothing. */
  connect(ref: ResourceRef, namespace: string, name: string, object: KubeObject, options: WriteOptions): Promise<void>;
  /** Asks admission about a body that is answered and never stored (a review, a token request), which it may change. */
  review(ref: ResourceRef, namespace: string, name: string, object: KubeObject, options: WriteOptions): Promise<void>;
  deleteCollection(ref: ResourceRef, options: DeleteOptions & { selection: Selection }): Promise<readonly Entry[]>;
}

/** One admission request. `object` may be changed in place by mutating plugins. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly info: ResourceInfo;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  readonly warn: (text: string) => void;
  /** Unset where nobody writes an audit log. */
  readonly annotate?: Annotate | undefined;
  /** How the write was asked for. */
  readonly options?: WriteOptions | DeleteOptions;
}

/** One admission plugin; throws ApiError to refuse. Synchronous plugins keep the write path synchronous. */
export interface AdmissionPlugin {
  readonly name: string;
  /** False when this plugin never looks at such a request: asked first, must be cheap. */
  handles(request: AdmissionRequest): boolean;
  mutate?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}
