/** The rows of the resource table that a CustomResourceDefinition stands for: one for each version. */
import {
  type CustomResourceDefinition,
  type DefinitionVersion,
  hasCondition,
  type JsonSchema,
} from '../../api/custom-resource.ts';
import type { CustomKind, ResourceInfo, SubresourceInfo } from '../kind.ts';
import { LazySchema, type MakeRules } from './lazy-schema.ts';
import { dropNulls, prune } from './prune.ts';
import { scaleOf } from './scale.ts';
import { customStrategy } from './strategy.ts';

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const lastVerbs = ['delete', 'deletecollection', 'get', 'list', 'watch'];
const stateVerbs = ['get', 'patch', 'update'];
const anything: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

function subresourcesOf({ subresources }: DefinitionVersion, kind: string): Map<string, SubresourceInfo> {
  const list: SubresourceInfo[] = [];
  const state = { verbs: stateVerbs, connect: false };
  if (subresources?.status !== undefined) list.push({ name: 'status', kind, ...state });
  if (subresources?.scale !== undefined) {
    list.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', ...state });
  }
  return new Map(list.map((one) => [one.name, one]));
}

/** `stable.example.com` → `com.example.stable`: how OpenAPI names groups. */
function reversed(group: string): string {
  return group.split('.').reverse().join('.');
}

/** How a row finds what it is made of. */
export interface RowOptions {
  readonly makeRules: MakeRules;
  /** The definition, or one that says the same of its schemas; asked when a schema is needed. */
  readonly read: () => CustomResourceDefinition;
}

/** The schema of a version. Holds the options and a name, not the definition. */
function schemaOf({ makeRules, read }: RowOptions, name: string): LazySchema {
  return new LazySchema({
    makeRules,
    read: () => read().spec.versions.find((one) => one.name === name)?.schema?.openAPIV3Schema ?? anything,
  });
}

/** The row of one version; it keeps nothing of the definition that is as big as a schema. */
function rowOf(definition: CustomResourceDefinition, given: DefinitionVersion, options: RowOptions): ResourceInfo {
  const { schema: _, ...version } = given;
  const { group, scope } = definition.spec;
  const names = definition.status?.acceptedNames ?? definition.spec.names;
  const { plural, kind } = names;
  const schema = schemaOf(options, version.name);
  const paths = version.subresources?.scale;
  const scale = paths === undefined ? undefined : scaleOf(paths);
  const isTerminating = hasCondition(definition, 'Terminating');
  const storage = definition.spec.versions.find((one) => one.storage)?.name ?? version.name;
  const apiVersion = `${group}/${version.name}`;
  const custom: CustomKind = {
    get schema() {
      return schema.structural;
    },
    get json() {
      return schema.json;
    },
    isTerminating,
    scale,
    webhook: definition.spec.conversion?.strategy === 'Webhook' ? definition.spec.conversion.webhook : undefined,
    deprecation:
      version.deprecated === true ? (version.deprecationWarning ?? `${apiVersion} ${kind} is deprecated`) : undefined,
    conform(object, conformMetadata) {
      const unknown = prune(object, schema.structural, conformMetadata);
      dropNulls(object, schema.structural);
      return unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
    },
  };
  return {
    group,
    version: version.name,
    resource: plural,
    kind,
    listKind: names.listKind ?? `${kind}List`,
    singular: names.singular ?? kind.toLowerCase(),
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: isTerminating ? lastVerbs : verbs,
    subresources: subresourcesOf(version, kind),
    storage: { group, version: storage, resource: plural },
    type: `${reversed(group)}.${version.name}.${kind}`,
    strategy: customStrategy({ kind, apiVersion, version, schema, scale }),
    custom,
  };
}

/** What a definition adds to the catalogue. */
export interface CustomRows {
  readonly served: readonly ResourceInfo[];
  /** The row objects are stored under when that version is not served. */
  readonly stored: ResourceInfo | undefined;
}

/** The rows of a definition; none until its names are accepted. */
export function rowsOf(definition: CustomResourceDefinition, options: RowOptions): CustomRows {
  if (!hasCondition(definition, 'Established')) return { served: [], stored: undefined };
  const { versions } = definition.spec;
  const served = versions.filter((one) => one.served).map((one) => rowOf(definition, one, options));
  const storage = versions.find((one) => one.storage);
  const stored = storage === undefined || storage.served ? undefined : rowOf(definition, storage, options);
  return { served, stored };
}
