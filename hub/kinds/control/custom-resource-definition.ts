/** The CustomResourceDefinition: a kind that users add. Conditions and accepted names belong to the hub. */
import {
  cleanupFinalizer,
  type CustomResourceDefinition,
  type DefinitionCondition,
} from '../../api/custom-resource.ts';
import {
  validateDefinition,
  validateDefinitionStatus,
  validateDefinitionUpdate,
} from './definition/validate-definition.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

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
  const stored = definition.spec?.versions?.find((version) => version.storage);
  definition.status = {
    conditions: null,
    acceptedNames: { plural: '', kind: '' },
    ...(stored === undefined ? {} : { storedVersions: [stored.name] }),
  };
}

/** API: a deleted definition stays until its objects are gone, and says so. */
function beginDelete(definition: CustomResourceDefinition, now: string): void {
  const { metadata } = definition;
  if (!metadata.finalizers?.includes(cleanupFinalizer)) {
    metadata.finalizers = [...(metadata.finalizers ?? []), cleanupFinalizer];
  }
  const terminating: DefinitionCondition = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: now,
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will be initiated soon',
  };
  const others = definition.status?.conditions?.filter((one) => one.type !== 'Terminating') ?? [];
  definition.status = { ...definition.status, conditions: [...others, terminating] };
}

/** A version that becomes the storage version has been stored since. */
function prepareUpdate(definition: CustomResourceDefinition): void {
  const status = definition.status ?? {};
  const stored = new Set(status.storedVersions ?? []);
  // not there in what is refused later
  const versions = definition.spec?.versions ?? [];
  const missing = versions.filter((version) => version.storage && !stored.has(version.name));
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
  beginDelete,
  validateCreate: validateDefinition,
  validateUpdate: validateDefinitionUpdate,
  validateStatusUpdate: validateDefinitionStatus,
});
