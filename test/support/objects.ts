/** Builders of small valid objects for tests. */
import type { KubeObject } from '../../hub/api/object.ts';
import type { User } from '../../hub/api/user.ts';
import type { WriteOptions } from '../../hub/registry/registry.ts';

/** A user who may do everything. */
export const admin: User = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

/** Writes as the administrator. */
export const asAdmin: WriteOptions = { user: admin, manager: 'test' };

/** A Pod of one container; `spec` is laid over it. */
export function podObject(name: string, spec: Record<string, unknown> = {}, namespace = 'default'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [{ name: 'main', image: 'busybox', command: ['sleep', '1d'] }], ...spec },
  };
}

/** A ConfigMap. */
export function configMapObject(name: string, data: Record<string, string>, namespace = 'default'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

/** A Secret. */
export function secretObject(name: string, data: Record<string, string>, namespace = 'default'): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data, type: 'Opaque' };
}
