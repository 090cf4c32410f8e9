/** The CustomResourceDefinition: a kind that users add. Conditions and accepted names belong to the hub. */
import type { KubeObject } from '../../api/object.ts';
import type { Strategy } from '../kind.ts';
import { keepMetadata, plainStrategy } from '../plain-strategy.ts';

/** spec.names and status.acceptedNames. */
export interface ResourceNames {
  plural: string;
  kind: string;
  singular?: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

/** One version of a custom kind. */
export interface DefinitionVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: Record<string, unknown> };
  subresources?: {
    status?: Record<string, unknown>;
    scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
  };
  additionalPrinterColumns?: {
    name: string;
    type: string;
    jsonPath: string;
    format?: string;
    description?: string;
    priority?: number;
  }[];
  selectableFields?: { jsonPath: string }[];
}

/** How versions are turned into each other. */
export interface Conversion {
  strategy?: string;
  webhook?: {
    clientConfig?: { url?: string; service?: { namespace: string; name: string; path?: string; port?: number } };
    conversionReviewVersions?: string[];
  };
}

/** apiextensions.v1.CustomResourceDefinition. */
export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string;
    names: ResourceNames;
    scope: string;
    versions: DefinitionVersion[];
    conversion?: Conversion;
    preserveUnknownFields?: boolean;
  };
  status?: {
    conditions?:
      | { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[]
      | null;
    acceptedNames?: ResourceNames;
    storedVersions?: string[];
    observedGeneration?: number;
  };
}

const httpsPort = 443;

function setDefaults(definition: CustomResourceDefinition): void {
  const { spec } = definition;
  if (spec === undefined || spec === null) return;
  spec.names ??= { plural: '', kind: '' };
  const { names } = spec;
  if (!names.singular && names.kind) names.singular = names.kind.toLowerCase();
  if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
  spec.conversion ??= {};
  spec.conversion.strategy ??= 'None';
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service !== undefined) service.port ??= httpsPort;
}

/** API: the storage version is a stored one from the first moment. */
function prepareCreate(definition: CustomResourceDefinition): void {
  const stored = definition.spec?.versions?.filter((version) => version.storage).map((version) => version.name) ?? [];
  definition.status = { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: stored };
}

/** A version that becomes the storage version has been stored since. */
function prepareUpdate(definition: CustomResourceDefinition): void {
  const status = definition.status ?? {};
  const stored = new Set(status.storedVersions ?? []);
  const missing = definition.spec.versions.filter((version) => version.storage && !stored.has(version.name));
  if (missing.length === 0) return;
  definition.status = { ...status, storedVersions: [...stored, ...missing.map((version) => version.name)] };
}

/** The strategy of CustomResourceDefinitions. */
export const definitionStrategy: Strategy = plainStrategy<CustomResourceDefinition>({
  hasGeneration: true,
  hasStatus: true,
  unconditionalUpdate: false,
  setDefaults,
  prepareCreate,
  prepareUpdate,
  prepareStatusUpdate: keepMetadata,
});
