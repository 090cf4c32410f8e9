/** The rows of the resource table that a CustomResourceDefinition stands for: one for each version. */
import {
  type CustomResourceDefinition,
  type DefinitionVersion,
  hasCondition,
  type JsonSchema,
} from '../../api/custom-resource.ts';
import type { CustomKind, ResourceInfo, SubresourceInfo } from '../kind.ts';
import { dropNulls, prune } from './prune.ts';
import type { CustomRules } from './rules.ts';
import { scaleOf } from './scale.ts';
import { customStrategy } from './strategy.ts';
import { type Structural, structuralOf } from './structural.ts';

/** Makes the rules of a schema ready; undefined when it has none. */
export type MakeRules = (schema: Structural) => CustomRules | undefined;

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

/** The row of one version; `served` false for a version that is only stored. */
function rowOf(definition: CustomResourceDefinition, version: DefinitionVersion, makeRules: MakeRules): ResourceInfo {
  const { group, scope } = definition.spec;
  const names = definition.status?.acceptedNames ?? definition.spec.names;
  const { plural, kind } = names;
  const schema = structuralOf(version.schema?.openAPIV3Schema ?? anything);
  const paths = version.subresources?.scale;
  const scale = paths === undefined ? undefined : scaleOf(paths);
  const isTerminating = hasCondition(definition, 'Terminating');
  const storage = definition.spec.versions.find((one) => one.storage)?.name ?? version.name;
  const apiVersion = `${group}/${version.name}`;
  const custom: CustomKind = {
    schema,
    isTerminating,
    scale,
    webhook: definition.spec.conversion?.strategy === 'Webhook' ? definition.spec.conversion.webhook : undefined,
    deprecation:
      version.deprecated === true ? (version.deprecationWarning ?? `${apiVersion} ${kind} is deprecated`) : undefined,
    conform(object, conformMetadata) {
      const unknown = prune(object, schema, conformMetadata);
      dropNulls(object, schema);
      return unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
    },
  };
  const rules = makeRules(schema);
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
    strategy: customStrategy({ kind, apiVersion, version, schema, scale, rules }),
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
export function rowsOf(definition: CustomResourceDefinition, makeRules: MakeRules): CustomRows {
  if (!hasCondition(definition, 'Established')) return { served: [], stored: undefined };
  const { versions } = definition.spec;
  const served = versions.filter((one) => one.served).map((one) => rowOf(definition, one, makeRules));
  const storage = versions.find((one) => one.storage);
  const stored = storage === undefined || storage.served ? undefined : rowOf(definition, storage, makeRules);
  return { served, stored };
}
