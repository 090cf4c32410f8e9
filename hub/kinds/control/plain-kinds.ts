/** Kinds that do little of their own: devices, candidates, storage versions, trust bundles and the like. */
import type { KubeObject } from '../../api/object.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

type Fields = Record<string, unknown>;

const spec = (object: KubeObject): Fields => (object.spec ?? {}) as Fields;
const status = (object: KubeObject): Fields => (object.status ?? {}) as Fields;
const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

/** The strategy of DeviceClasses. */
export const deviceClassStrategy: Strategy = plainStrategy({
  hasGeneration: true,
  columns: columnsOf('deviceClass'),
  cells: (object, now) => [nameCell(object), ageCell(object, now)],
});

function claimState(claim: KubeObject): string {
  const words: string[] = [];
  const { allocation, reservedFor } = status(claim);
  if (claim.metadata.deletionTimestamp !== undefined) words.push('deleted');
  if (allocation === undefined) {
    if (words.length === 0) words.push('pending');
  } else words.push('allocated');
  if (Array.isArray(reservedFor) && reservedFor.length > 0) words.push('reserved');
  return words.join(',');
}

/** The strategy of ResourceClaims. */
export const resourceClaimStrategy: Strategy = plainStrategy({
  hasStatus: true,
  newStatus: () => ({}),
  columns: columnsOf('resourceClaim'),
  cells: (object, now) => [nameCell(object), claimState(object), ageCell(object, now)],
});

/** The strategy of ResourceClaimTemplates. */
export const resourceClaimTemplateStrategy: Strategy = plainStrategy({
  columns: columnsOf('resourceClaimTemplate'),
  cells: (object, now) => [nameCell(object), ageCell(object, now)],
});

/** The strategy of ResourceSlices. */
export const resourceSliceStrategy: Strategy = plainStrategy({
  hasGeneration: true,
  selectable: ['spec.nodeName', 'spec.driver'],
  selectableFields: (object) => ({
    'spec.nodeName': text(spec(object)['nodeName']),
    'spec.driver': text(spec(object)['driver']),
  }),
  columns: columnsOf('resourceSlice'),
  cells: (object, now) => {
    const { nodeName, driver, pool } = spec(object);
    return [
      nameCell(object),
      text(nodeName),
      text(driver),
      text((pool as Fields | undefined)?.['name']),
      ageCell(object, now),
    ];
  },
});

/** The strategy of DeviceTaintRules. */
export const deviceTaintRuleStrategy: Strategy = plainStrategy({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({}),
  columns: columnsOf('deviceTaint'),
  cells: (object, now) => {
    const taint = (spec(object)['taint'] ?? {}) as Fields;
    return [
      nameCell(object),
      text(taint['key']),
      text(taint['value']),
      text(taint['effect']),
      text(taint['timeAdded']),
      ageCell(object, now),
    ];
  },
});

/** The strategy of LeaseCandidates. */
export const leaseCandidateStrategy: Strategy = plainStrategy({
  createOnUpdate: true,
  unconditionalUpdate: false,
  columns: columnsOf('leaseCandidate'),
  cells: (object, now) => {
    const { leaseName, binaryVersion, emulationVersion } = spec(object);
    return [nameCell(object), text(leaseName), text(binaryVersion), text(emulationVersion), ageCell(object, now)];
  },
});

/** The strategy of ClusterTrustBundles. */
export const trustBundleStrategy: Strategy = plainStrategy({
  selectable: ['spec.signerName'],
  selectableFields: (object) => ({ 'spec.signerName': text(spec(object)['signerName']) }),
  columns: columnsOf('clusterTrustBundle'),
  cells: (object) => [nameCell(object), text(spec(object)['signerName'])],
});

/** The strategy of PodCertificateRequests. */
export const podCertificateRequestStrategy: Strategy = plainStrategy({
  hasStatus: true,
  newStatus: () => ({}),
  selectable: ['spec.signerName', 'spec.podName', 'spec.nodeName'],
  selectableFields: (object) => ({
    'spec.signerName': text(spec(object)['signerName']),
    'spec.podName': text(spec(object)['podName']),
    'spec.nodeName': text(spec(object)['nodeName']),
  }),
  columns: columnsOf('podCertificateRequest'),
  cells: (object) => {
    const { podName, serviceAccountName, nodeName, signerName, unverifiedUserAnnotations } = spec(object);
    const conditions = (status(object)['conditions'] ?? []) as { type: string }[];
    const state = conditions[0]?.type ?? 'Pending';
    const annotations = Object.entries((unverifiedUserAnnotations ?? {}) as Record<string, string>);
    return [
      nameCell(object),
      text(podName),
      text(serviceAccountName),
      text(nodeName),
      text(signerName),
      state,
      annotations.map(([key, value]) => `${key}=${value}`).join(','),
    ];
  },
});

/** The strategy of StorageVersions. */
export const storageVersionStrategy: Strategy = plainStrategy({
  hasStatus: true,
  newStatus: () => ({}),
  unconditionalUpdate: false,
  columns: columnsOf('storageVersion'),
  cells: (object, now) => {
    const { commonEncodingVersion, storageVersions } = status(object);
    const versions = (storageVersions ?? []) as { apiServerID?: string; encodingVersion?: string }[];
    return [
      nameCell(object),
      text(commonEncodingVersion) || '<unset>',
      versions.map((one) => `${one.apiServerID}=${one.encodingVersion}`).join(',') || '<unset>',
      ageCell(object, now),
    ];
  },
});

/** The strategy of StorageVersionMigrations. */
export const storageMigrationStrategy: Strategy = plainStrategy({
  hasStatus: true,
  newStatus: () => ({}),
  columns: columnsOf('storageVersionMigration'),
  cells: (object) => {
    const resource = (spec(object)['resource'] ?? {}) as Fields;
    const conditions = (status(object)['conditions'] ?? []) as { type: string; status: string }[];
    const state = conditions.find((one) => one.status === 'True')?.type ?? 'Pending';
    return [nameCell(object), [resource['resource'], resource['group']].filter(Boolean).join('.'), state];
  },
});

/** The strategy of Workloads of the group scheduler. */
export const workloadStrategy: Strategy = plainStrategy({
  hasGeneration: true,
  columns: columnsOf('workload'),
  cells: (object, now) => [nameCell(object), ageCell(object, now)],
});
