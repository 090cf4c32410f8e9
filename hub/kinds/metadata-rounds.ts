/** How often metadata of a change is looked at: every look that finds something adds a cause of its own to the answer. */
import type { FieldError } from '../api/field-error.ts';
import type { ObjectMeta } from '../api/object.ts';
import type { ResourceInfo } from './kind.ts';
import { validateMetadata } from './metadata.ts';

/** What a kind looks at by itself, after every kind's common look at the whole and at the change. */
interface Rounds {
  readonly change: boolean;
  readonly whole: boolean;
}

const onlyChange: Rounds = { change: true, whole: false };
const onlyWhole: Rounds = { change: false, whole: true };
const both: Rounds = { change: true, whole: true };

/** Kinds whose own rules check more, or less, than how metadata changed. */
const rounds: ReadonlyMap<string, Rounds> = new Map([
  ...[
    'APIService',
    'CertificateSigningRequest',
    'ClusterRole',
    'ClusterRoleBinding',
    'ConfigMap',
    'ControllerRevision',
    'CSIStorageCapacity',
    'Endpoints',
    'Job',
    'PersistentVolumeClaim',
    'Pod',
    'Role',
    'RoleBinding',
    'Secret',
    'Service',
    'ServiceAccount',
    'VolumeAttributesClass',
  ].map((kind): [string, Rounds] => [kind, both]),
  ...[
    'CSINode',
    'EndpointSlice',
    'FlowSchema',
    'LimitRange',
    'MutatingWebhookConfiguration',
    'PersistentVolume',
    'PriorityLevelConfiguration',
    'ValidatingWebhookConfiguration',
    'VolumeAttachment',
  ].map((kind): [string, Rounds] => [kind, onlyWhole]),
  ['PodDisruptionBudget', { change: false, whole: false }],
]);

/**
 * The causes of a change of metadata in which `found` is wrong. `subresource` is empty for the object itself; the rules
 * of a subresource look at the change alone.
 */
export function metadataCauses(
  info: ResourceInfo,
  metadata: ObjectMeta,
  found: readonly FieldError[],
  subresource: string | undefined,
): FieldError[] {
  const isOwn = info.custom === undefined && subresource === undefined;
  const { change, whole } = (isOwn ? rounds.get(info.kind) : undefined) ?? onlyChange;
  const { namespaced } = info;
  const custom = info.custom !== undefined || info.kind === 'CustomResourceDefinition';
  const inWhole = validateMetadata(metadata, {
    namespaced,
    validateName: (name) => info.strategy.validateName(name),
    custom,
  });
  return [...inWhole, ...found, ...(change ? found : []), ...(whole ? inWhole : [])];
}
