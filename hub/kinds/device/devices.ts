/** Kinds of resource.k8s.io: classes of devices, claims for them, and the slices drivers offer them in. */
import type {
  DeviceClass,
  DeviceTaint,
  DeviceTaintRule,
  ExactDeviceRequest,
  ResourceClaim,
  ResourceClaimSpec,
  ResourceClaimTemplate,
  ResourceSlice,
} from '../../api/device.ts';
import type { FieldError } from '../../api/field-error.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { immutable } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { keepMetadata, plainStrategy } from '../plain-strategy.ts';
import { validateDeviceClaim } from './validate-claim.ts';
import { validateClaimStatus } from './validate-claim-status.ts';
import { validateDeviceClass, validateTaintRule, validateTaintRuleStatus, validateTemplate } from './validate-class.ts';
import { validateSlice } from './validate-slice.ts';

/** The strategy of DeviceClasses. */
export const deviceClassStrategy: Strategy = plainStrategy<DeviceClass>({
  hasGeneration: true,
  validateCreate: validateDeviceClass,
  columns: columnsOf('deviceClass'),
  cells: (one, now) => [nameCell(one), ageCell(one, now)],
});

/** API: one device is asked for where nothing else is said. */
function defaultRequest(request: ExactDeviceRequest): void {
  if (!request.allocationMode) request.allocationMode = 'ExactCount';
  if (request.allocationMode === 'ExactCount' && !request.count) request.count = 1;
  for (const toleration of request.tolerations ?? []) if (!toleration.operator) toleration.operator = 'Equal';
}

function defaultClaim(spec: ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable = [] } of spec?.devices?.requests ?? []) {
    if (exactly !== undefined) defaultRequest(exactly);
    for (const one of firstAvailable) defaultRequest(one);
  }
}

function claimState({ metadata, status = {} }: ResourceClaim): string {
  const words: string[] = [];
  if (metadata.deletionTimestamp !== undefined) words.push('deleted');
  if (status.allocation === undefined) {
    if (words.length === 0) words.push('pending');
  } else words.push('allocated');
  if (status.reservedFor?.length) words.push('reserved');
  return words.join(',');
}

/** API: what drivers told of devices goes with the devices. */
function dropGone(claim: ResourceClaim, old: ResourceClaim): void {
  const { status } = claim;
  if (status?.devices === undefined) return;
  const places = ({ status: of }: ResourceClaim): Set<string> =>
    new Set((of?.allocation?.devices?.results ?? []).map((one) => `${one.driver}/${one.pool}/${one.device}`));
  const before = places(old);
  const now = places(claim);
  const left = status.devices.filter((one) => {
    const place = `${one.driver}/${one.pool}/${one.device}`;
    return now.has(place) || !before.has(place);
  });
  if (left.length === 0) delete status.devices;
  else status.devices = left;
}

function specUnchanged<T extends { spec?: unknown }>(after: T, before: T): FieldError[] {
  const errors: FieldError[] = [];
  immutable(after.spec, before.spec, 'spec', errors);
  return errors;
}

/** The strategy of ResourceClaims. */
export const resourceClaimStrategy: Strategy = plainStrategy<ResourceClaim>({
  hasStatus: true,
  newStatus: () => ({}),
  setDefaults: (claim) => defaultClaim(claim.spec),
  validateCreate: (claim) => {
    const errors: FieldError[] = [];
    validateDeviceClaim(claim.spec ?? {}, 'spec', errors);
    return errors;
  },
  validateUpdate: specUnchanged,
  prepareStatusUpdate: (claim, old) => {
    keepMetadata(claim, old);
    dropGone(claim, old);
  },
  validateStatusUpdate: validateClaimStatus,
  columns: columnsOf('resourceClaim'),
  cells: (one, now) => [nameCell(one), claimState(one), ageCell(one, now)],
});

/** The strategy of ResourceClaimTemplates. */
export const resourceClaimTemplateStrategy: Strategy = plainStrategy<ResourceClaimTemplate>({
  setDefaults: (template) => defaultClaim(template.spec?.spec),
  validateCreate: validateTemplate,
  validateUpdate: specUnchanged,
  columns: columnsOf('resourceClaimTemplate'),
  cells: (one, now) => [nameCell(one), ageCell(one, now)],
});

/** API: a taint counts from when it was added. */
function defaultTaint(taint: DeviceTaint): void {
  taint.timeAdded ??= `${new Date().toISOString().slice(0, 19)}Z`;
}

/** The strategy of ResourceSlices. */
export const resourceSliceStrategy: Strategy = plainStrategy<ResourceSlice>({
  hasGeneration: true,
  setDefaults: (slice) => {
    for (const { taints = [], nodeAllocatableResourceMappings: mappings = {} } of slice.spec?.devices ?? []) {
      taints.forEach(defaultTaint);
      for (const mapping of Object.values(mappings)) mapping.allocationMultiplier ??= '1';
    }
  },
  validateCreate: (slice) => validateSlice(slice),
  validateUpdate: validateSlice,
  selectable: ['spec.nodeName', 'spec.driver'],
  selectableFields: ({ spec }) => ({ 'spec.nodeName': spec?.nodeName ?? '', 'spec.driver': spec?.driver ?? '' }),
  columns: columnsOf('resourceSlice'),
  cells: (slice, now) => {
    const { spec } = slice;
    return [nameCell(slice), spec?.nodeName ?? '', spec?.driver ?? '', spec?.pool?.name ?? '', ageCell(slice, now)];
  },
});

/** The strategy of DeviceTaintRules. */
export const deviceTaintRuleStrategy: Strategy = plainStrategy<DeviceTaintRule>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({}),
  setDefaults: (rule) => {
    if (rule.spec?.taint !== undefined) defaultTaint(rule.spec.taint);
  },
  validateCreate: (rule) => validateTaintRule(rule),
  validateUpdate: validateTaintRule,
  prepareStatusUpdate: keepMetadata,
  validateStatusUpdate: validateTaintRuleStatus,
  columns: columnsOf('deviceTaint'),
  cells: (rule, now) => {
    const { key = '', value = '', effect = '', timeAdded = '' } = rule.spec?.taint ?? {};
    return [nameCell(rule), key, value, effect, timeAdded, ageCell(rule, now)];
  },
});
