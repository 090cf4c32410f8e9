/** Kinds that do little of their own: storage versions, requests for certificates of Pods and the like. */
import type { KubeObject } from '../../api/object.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

type Fields = Record<string, unknown>;

const spec = (object: KubeObject): Fields => (object.spec ?? {}) as Fields;
const status = (object: KubeObject): Fields => (object.status ?? {}) as Fields;
const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

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
