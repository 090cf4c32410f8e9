/** What the objects of the population have in common: names, identities, times and owners of fields. */
import { createHash } from 'node:crypto';

/** One object and its key in the store. */
export interface Stored {
  readonly key: string;
  readonly object: { metadata: Record<string, unknown> };
}

/** When everything was made. */
export const born = '2026-11-01T08:00:00Z';

/** Namespaces, nodes and Deployments are counted from 0. */
export const namespaceName = (index: number): string => `team-${index}`;
export const nodeName = (index: number): string => `node-${index}`;
export const deploymentName = (index: number): string => `service-${index}`;
/** The hash of a Deployment's one template. */
export const templateHash = (index: number): string => `5d4f8c${(index % 10_000).toString().padStart(4, '0')}`;

/** The same identity for the same words. */
export function uidOf(words: string): string {
  const hex = createHash('md5').update(words).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Names of fields as managedFields write them. */
export const fields = (...names: string[]): object => Object.fromEntries(names.map((name) => [`f:${name}`, {}]));

/** One entry of managedFields. */
export const entry = (manager: string, apiVersion: string, fieldsV1: object, subresource?: string): object => ({
  manager,
  operation: 'Update',
  apiVersion,
  time: born,
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...(subresource === undefined ? {} : { subresource }),
});

/** The reference to a controller of apps/v1. */
export const owner = (kind: string, name: string, uid: string): object => ({
  apiVersion: 'apps/v1',
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});
