/** Makes what a fresh cluster has, and repairs its roles: at every start, in as few commits as can be. */
import { ApiError, isAlreadyExists } from '../../api/errors.ts';
import type { ConfigMap } from '../../api/config.ts';
import type { KubeObject } from '../../api/object.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../api/rbac.ts';
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  endpointSlices,
  endpoints,
  namespaces,
  parseApiVersion,
  type ResourceRef,
  roleBindings,
  roles,
  services,
  storageClasses,
} from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import { apiServerUser } from '../../api/user.ts';
import type { Log } from '../../base/log.ts';
import type { Registry, WriteOptions } from '../../registry/registry.ts';
import { frontProxyName } from '../front-proxy.ts';
import { dnsService } from './dns-service.ts';
import {
  type HubService,
  hubEndpointSlice,
  hubEndpoints,
  hubService,
  isReachable,
  serviceRange,
} from './hub-service.ts';
import { readBootstrap } from './manifests.ts';
import { isKept, repairedMetadata, repairedRules, repairedSubjects } from './reconcile.ts';

/** `directory` is configs/bootstrap; `ca` the PEM clients are checked against; `dns` the address of the cluster's DNS. */
export interface BootstrapOptions extends HubService {
  readonly dns: string;
  readonly directory: string;
  readonly ca: string;
  /** PEM of who signs the front proxy's certificate. */
  readonly frontProxyCa: string;
  readonly log: Log;
}

type BootstrapRegistry = Pick<Registry, 'get' | 'entries' | 'create' | 'modify' | 'delete' | 'catalogue'>;

const writing: WriteOptions = { user: apiServerUser, manager: 'coracle-hub' };
const firstNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Creates `object` unless it is there; answers true when it was there. */
async function ensure(registry: BootstrapRegistry, ref: ResourceRef, object: KubeObject): Promise<boolean> {
  const { namespace = '', name = '' } = object.metadata;
  if (registry.get(ref, namespace, name) !== undefined) return true;
  try {
    await registry.create(ref, namespace, object, writing);
    return false;
  } catch (error) {
    if (isAlreadyExists(error)) return true;
    throw error;
  }
}

/** Creates the object, or gives a stored one the wanted fields where they differ. */
async function ensureFields(
  registry: BootstrapRegistry,
  ref: ResourceRef,
  object: KubeObject,
  fields: readonly string[],
): Promise<void> {
  if (!(await ensure(registry, ref, object))) return;
  const { namespace = '', name = '' } = object.metadata;
  const stored = registry.get(ref, namespace, name)?.object();
  if (stored !== undefined && fields.every((field) => sameJson(stored[field], object[field]))) return;
  const put = (copy: KubeObject): void => {
    for (const field of fields) copy[field] = object[field];
  };
  await registry.modify(ref, namespace, name, put, writing);
}

async function ensureRole(registry: BootstrapRegistry, ref: ResourceRef, wanted: Role | ClusterRole): Promise<void> {
  if (!(await ensure(registry, ref, wanted))) return;
  const { namespace = '', name = '' } = wanted.metadata;
  const stored = registry.get(ref, namespace, name)?.object<ClusterRole>();
  if (stored === undefined || isKept(stored.metadata)) return;
  const metadata = repairedMetadata(stored.metadata, wanted.metadata);
  const rules = repairedRules(stored.rules ?? [], wanted.rules ?? []);
  const aggregation =
    'aggregationRule' in wanted && stored.aggregationRule === undefined ? wanted.aggregationRule : undefined;
  if (metadata === undefined && rules === undefined && aggregation === undefined) return;
  const put = (role: ClusterRole): void => {
    role.metadata = repairedMetadata(role.metadata, wanted.metadata) ?? role.metadata;
    const repaired = repairedRules(role.rules ?? [], wanted.rules ?? []);
    if (repaired !== undefined) role.rules = [...repaired];
    if (aggregation !== undefined) role.aggregationRule = aggregation as NonNullable<ClusterRole['aggregationRule']>;
  };
  await registry.modify<ClusterRole>(ref, namespace, name, put, writing);
}

async function ensureBinding(
  registry: BootstrapRegistry,
  ref: ResourceRef,
  wanted: RoleBinding | ClusterRoleBinding,
): Promise<void> {
  if (!(await ensure(registry, ref, wanted))) return;
  const { namespace = '', name = '' } = wanted.metadata;
  const stored = registry.get(ref, namespace, name)?.object<ClusterRoleBinding>();
  if (stored === undefined || isKept(stored.metadata)) return;
  if (stored.roleRef.kind !== wanted.roleRef.kind || stored.roleRef.name !== wanted.roleRef.name) {
    await registry.delete(ref, namespace, name, writing);
    await registry.create(ref, namespace, wanted, writing);
    return;
  }
  const metadata = repairedMetadata(stored.metadata, wanted.metadata);
  const subjects = repairedSubjects(stored.subjects ?? [], wanted.subjects ?? []);
  if (metadata === undefined && subjects === undefined) return;
  const put = (binding: ClusterRoleBinding): void => {
    binding.metadata = repairedMetadata(binding.metadata, wanted.metadata) ?? binding.metadata;
    const repaired = repairedSubjects(binding.subjects ?? [], wanted.subjects ?? []);
    if (repaired !== undefined) binding.subjects = [...repaired];
  };
  await registry.modify<ClusterRoleBinding>(ref, namespace, name, put, writing);
}

/** A cluster that is older than this Service may have given its address away: it goes on without. */
async function ensureDns(registry: BootstrapRegistry, { dns, log }: BootstrapOptions): Promise<void> {
  try {
    await ensure(registry, services, dnsService(dns));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log.error({ address: dns, error: error.message }, 'the cluster has no DNS: its Service cannot be made');
  }
}

/** What servers that stand behind the hub read: by whom clients are signed, and how the hub says who asks. */
function authenticationConfig({ ca, frontProxyCa }: BootstrapOptions): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
    data: {
      'client-ca-file': ca,
      'requestheader-allowed-names': JSON.stringify([frontProxyName]),
      'requestheader-client-ca-file': frontProxyCa,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    },
  };
}

/** What a node that is to join may read of the cluster before it knows anybody; tokens sign it (see the bootstrap signer). */
async function ensureClusterInfo(registry: BootstrapRegistry, { ca, address, port }: BootstrapOptions): Promise<void> {
  const cluster = { 'certificate-authority-data': Buffer.from(ca).toString('base64'), server: apiUrl(address, port) };
  const kubeconfig = `${JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [{ name: '', cluster }] })}\n`;
  const metadata = { name: 'cluster-info', namespace: 'kube-public' };
  const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { kubeconfig } };
  if (!(await ensure(registry, configMaps, object))) return;
  const { namespace, name } = metadata;
  const stored = registry.get(configMaps, namespace, name)?.object<ConfigMap>();
  if (stored?.data?.['kubeconfig'] === kubeconfig) return;
  const put = (map: ConfigMap): void => {
    map.data = { ...map.data, kubeconfig };
  };
  await registry.modify<ConfigMap>(configMaps, namespace, name, put, writing);
}

function apiUrl(address: string, port: number): string {
  return `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function refOf(registry: BootstrapRegistry, object: KubeObject): ResourceRef {
  const { group, version } = parseApiVersion(object.apiVersion);
  const info = registry.catalogue.byKind(group, version, object.kind);
  if (info === undefined) throw new Error(`bootstrap: no resource for ${object.apiVersion} ${object.kind}`);
  return info;
}

const defaultClass = 'storageclass.kubernetes.io/is-default-class';

/** The object as it is to be made: a second default StorageClass would take the place of the administrator's. */
function asWanted(registry: BootstrapRegistry, object: KubeObject): KubeObject {
  if (object.metadata.annotations?.[defaultClass] !== 'true') return object;
  const others = [...registry.entries(storageClasses)];
  if (!others.some((entry) => entry.object().metadata.annotations?.[defaultClass] === 'true')) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { [defaultClass]: 'false' } } };
}

/**
 * Ensures namespaces, then roles, bindings, the `kubernetes` Service and the other objects of configs/bootstrap, all at
 * once, so that a first start costs two commits and any later one reads only.
 */
export async function ensureBootstrap(registry: BootstrapRegistry, options: BootstrapOptions): Promise<void> {
  const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const [manifests] = await Promise.all([
    readBootstrap(options.directory),
    ...firstNamespaces.map((name) => ensure(registry, namespaces, namespace(name))),
  ]);
  const endpointsOf = isReachable(options.address)
    ? [
        ensureFields(registry, endpoints, hubEndpoints(options), ['subsets']),
        ensureFields(registry, endpointSlices, hubEndpointSlice(options), ['endpoints', 'ports']),
      ]
    : [];
  if (endpointsOf.length === 0) {
    options.log.warn(
      { address: options.address },
      'the kubernetes Service has no endpoint: the address is a loopback one',
    );
  }
  await Promise.all([
    ...manifests.clusterRoles.map((role) => ensureRole(registry, clusterRoles, role)),
    ...manifests.clusterRoleBindings.map((binding) => ensureBinding(registry, clusterRoleBindings, binding)),
    ...manifests.roles.map((role) => ensureRole(registry, roles, role)),
    ...manifests.roleBindings.map((binding) => ensureBinding(registry, roleBindings, binding)),
    ...[...manifests.objects, serviceRange(options)].map((object) =>
      ensure(registry, refOf(registry, object), asWanted(registry, object)),
    ),
    ensure(registry, services, hubService(options)),
    ensureDns(registry, options),
    ensureClusterInfo(registry, options),
    ensureFields(registry, configMaps, authenticationConfig(options), ['data']),
    ...endpointsOf,
  ]);
}
