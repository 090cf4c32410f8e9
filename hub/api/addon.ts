/** Addons (addons.coracle.io/v1): what is enabled on a cluster beyond its core, and what the hub tells of them. */
import type { KubeObject, ObjectMeta } from './object.ts';
import type { ResourceRef } from './resource.ts';

/** Addons, as a resource. */
export const addons: ResourceRef = { group: 'addons.coracle.io', version: 'v1', resource: 'addons' };

/** On every object of an addon, and on its Pods: the addon's name. */
export const addonLabel = 'addons.coracle.io/addon';

/** On every object of an addon: the version it was applied from. */
export const addonVersionAnnotation = 'addons.coracle.io/version';

/** On an addon that is disabled, `"true"`: it goes also while others require it. */
export const addonForceAnnotation = 'addons.coracle.io/force';

/** Keeps a disabled addon until what it made is gone. */
export const addonFinalizer = 'addons.coracle.io/prune';

/** The repository that comes with Coracle. */
export const coreRepository = 'core';

/** What a repository may be called: its name is a directory. */
export const repositoryName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** A GET here answers an AddonCatalogue. */
export const addonCataloguePath = '/coracle/v1/addons';

/** A POST here makes the hub take over repositories that were put into its directory, and answers TakenOver. */
export const addonRepositoriesPath = '/coracle/v1/addon-repositories';

/** Below the hub's directory: a repository a folder, and in `incoming` those that are to be taken over. */
export const repositoriesFolder = 'addons';

/** A name that no repository may have. */
export const incomingFolder = 'incoming';

/** Beside what came out of git: where from. */
export const originFile = '.origin.json';

/** Where an addon is in its life. */
export type AddonPhase = 'Pending' | 'Deploying' | 'Ready' | 'Degraded' | 'Failed' | 'Removing';

/** An object an addon made; `uid` is empty until the hub has stored it. */
export interface AppliedObject {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  uid: string;
}

/** A condition; the only type is Ready. */
export interface AddonCondition {
  type: string;
  status: 'True' | 'False';
  reason: string;
  message?: string;
  /** metadata.generation that was looked at. */
  observedGeneration?: number;
  lastTransitionTime: string;
}

/** What the hub has made of an addon. */
export interface AddonStatus {
  /** The version whose objects are applied. */
  version?: string;
  /** Pods there should be and Pods that are ready. */
  wanted?: number;
  ready?: number;
  phase?: AddonPhase;
  /** Why it is not healthy: one line. */
  message?: string;
  /** metadata.generation of what is applied. */
  observedGeneration?: number;
  applied?: AppliedObject[];
  conditions?: AddonCondition[];
}

/** An addon that is enabled; its name is that of its definition. */
export interface Addon extends KubeObject {
  metadata: ObjectMeta;
  spec?: {
    /** Name of the repository; `core` unless said. */
    source?: string;
    /** The only version that is applied. */
    version?: string;
    arguments?: Record<string, string>;
  };
  status?: AddonStatus;
}

/** What an addon may be told. Values are texts. */
export interface AddonParameter {
  readonly name: string;
  readonly description: string;
  readonly default?: string;
  /** A regular expression the whole value must match. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly required: boolean;
}

/** What addon.yaml says. */
export interface AddonDefinition {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Names of addons that are enabled first. */
  readonly requires: readonly string[];
  readonly conflicts: readonly string[];
  /** Set for what is always on: which part of Coracle it is, in one sentence. */
  readonly builtIn?: string;
  readonly parameters: readonly AddonParameter[];
  /** Images its Pods need. */
  readonly images: readonly string[];
  /** Files beside addon.yaml. */
  readonly manifests: readonly string[];
  /** What to type next. */
  readonly notes?: string;
}

/** A repository of addons, as the hub tells of it. `url`, `reference` and `commit` say where it came from. */
export interface AddonRepositoryView {
  readonly name: string;
  readonly description: string;
  readonly url?: string;
  readonly reference?: string;
  readonly commit?: string;
  readonly addons: readonly AddonDefinition[];
  /** What cannot be used, each with its file and line. */
  readonly problems: readonly string[];
}

/** All addons there are. */
export interface AddonCatalogue {
  readonly repositories: readonly AddonRepositoryView[];
}

/** What became of the repositories that were put into `incoming`. */
export interface TakenOver {
  readonly taken: readonly string[];
  readonly refused: readonly { readonly name: string; readonly problems: readonly string[] }[];
}
