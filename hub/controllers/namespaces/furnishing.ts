/** What every namespace has from the start: the `default` ServiceAccount and the ConfigMap with the cluster's CA. */
import type { ConfigMap, Namespace } from '../../api/config.ts';
import { hasReason, isAlreadyExists, isNotFound } from '../../api/errors.ts';
import type { KubeObject } from '../../api/object.ts';
import { configMaps, namespaces, type ResourceRef, serviceAccounts } from '../../api/resource.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { allKeys, createController, splitKey } from '../controller.ts';

interface Furnishing {
  readonly name: string;
  readonly account: string;
  readonly ref: ResourceRef;
  readonly object: KubeObject;
  /** Puts back what was changed; for kinds that must stay as made. */
  readonly restore?: (object: KubeObject) => void;
}

function isActive(context: ControllerContext, name: string): boolean {
  const namespace = context.registry.get(namespaces, '', name)?.object<Namespace>();
  return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
}

async function furnish(
  context: ControllerContext,
  writer: WriteOptions,
  thing: Furnishing,
  namespace: string,
): Promise<void> {
  const { registry } = context;
  const name = thing.object.metadata.name ?? '';
  const { restore } = thing;
  try {
    if (registry.get(thing.ref, namespace, name) === undefined) {
      await registry.create(thing.ref, namespace, structuredClone(thing.object), writer);
    } else if (restore !== undefined) {
      await registry.modify(thing.ref, namespace, name, (object) => restore(object), writer);
    }
  } catch (error) {
    // somebody was faster, or the namespace is going
    if (!isAlreadyExists(error) && !isNotFound(error) && !hasReason(error, 'Forbidden')) throw error;
  }
}

function furnishingController(context: ControllerContext, thing: Furnishing): Part {
  const writer = writerOf(thing.account);
  return createController({
    name: thing.name,
    context,
    interests: [
      { ref: namespaces, keys: (change) => (change.type === 'ADDED' ? [`/${change.entry.name}`] : []) },
      {
        ref: thing.ref,
        keys: (change) => {
          const ours = change.entry.name === thing.object.metadata.name;
          const due = change.type === 'DELETED' || (change.type === 'MODIFIED' && thing.restore !== undefined);
          return ours && due ? [`/${change.entry.namespace}`] : [];
        },
      },
    ],
    initial: () => allKeys(context, namespaces),
    reconcile: async (key) => {
      const { name } = splitKey(key);
      if (isActive(context, name)) await furnish(context, writer, thing, name);
      return undefined;
    },
    workers: 64,
  });
}

/** Keeps a `default` ServiceAccount in every namespace. */
export function createServiceAccountController(context: ControllerContext): Part {
  return furnishingController(context, {
    name: 'serviceaccount',
    account: 'service-account-controller',
    ref: serviceAccounts,
    object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } },
  });
}

const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the ' +
  'internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Keeps the ConfigMap `kube-root-ca.crt` with `ca` (PEM) in every namespace. */
export function createRootCaController(context: ControllerContext, ca: string): Part {
  const annotations = { 'kubernetes.io/description': description };
  const data = { 'ca.crt': ca };
  return furnishingController(context, {
    name: 'root-ca',
    account: 'root-ca-cert-publisher',
    ref: configMaps,
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt', annotations }, data },
    restore: (object) => {
      (object as ConfigMap).data = { ...data };
    },
  });
}
