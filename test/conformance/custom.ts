/** Custom kinds for tests: definitions that are established, and the webhook that converts between versions. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createTestAuthority } from '../support/certificates.ts';
import type { ApiObject, Cluster } from './suite.ts';

/** Where definitions are. */
export const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A schema that knows nothing and takes everything. */
export const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** One version of a custom kind. */
export interface Version {
  readonly name: string;
  readonly schema?: object;
  readonly served?: boolean;
  readonly storage?: boolean;
  readonly more?: object;
}

/** What a test's custom kind is. */
export interface CustomKind {
  readonly kind?: string;
  /** Before the part that is the test's own. */
  readonly group?: string;
  readonly scope?: 'Namespaced' | 'Cluster';
  readonly versions?: readonly Version[];
  readonly conversion?: object;
  readonly labels?: Record<string, string>;
}

/** A definition as a test works with it. */
export interface Defined {
  readonly name: string;
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  /** The path of its objects in a version. */
  path(version?: string): string;
  /** A new object. */
  object(name: string, fields: object, version?: string): ApiObject;
}

/** The definition object and what follows from it. */
export function definitionOf(cluster: Cluster, custom: CustomKind = {}): { body: ApiObject; defined: Defined } {
  const { kind = 'Boat', scope = 'Namespaced', versions = [{ name: 'v1' }], conversion, labels = {} } = custom;
  const group = `${custom.group ?? 'stable'}.${cluster.namespace}.example.com`;
  const plural = `${kind.toLowerCase()}s`;
  const name = `${plural}.${group}`;
  const first = versions.find((version) => version.storage === true) ?? versions[0];
  const body = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, labels },
    spec: {
      group,
      scope,
      names: { plural, kind },
      ...(conversion === undefined ? {} : { conversion }),
      versions: versions.map((version) => ({
        name: version.name,
        served: version.served ?? true,
        storage: version === first,
        schema: { openAPIV3Schema: version.schema ?? anything },
        ...version.more,
      })),
    },
  } as unknown as ApiObject;
  const within = scope === 'Namespaced' ? `namespaces/${cluster.namespace}/` : '';
  return {
    body,
    defined: {
      name,
      group,
      kind,
      plural,
      path: (version = 'v1') => `/apis/${group}/${version}/${within}${plural}`,
      object: (objectName, fields, version = 'v1') =>
        ({
          apiVersion: `${group}/${version}`,
          kind,
          metadata: { name: objectName },
          ...fields,
        }) as unknown as ApiObject,
    },
  };
}

/** True when a definition is served. */
export function isEstablished(definition: ApiObject): boolean {
  const conditions: { type: string; status: string }[] = definition['status']?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
}

/** Makes a custom kind, waits until it is served, and takes it away at the end. */
export async function define(cluster: Cluster, custom: CustomKind = {}): Promise<Defined> {
  const { body, defined } = definitionOf(cluster, custom);
  cluster.after(() => cluster.api('DELETE', `${definitions}/${defined.name}`));
  await cluster.ok('POST', definitions, body);
  await cluster.eventually(`${definitions}/${defined.name}`, isEstablished);
  return defined;
}

/** An address of this machine that may stand behind a Service. */
function machineAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('this machine has no address besides the loopback ones');
  return found.address;
}

/** Starts a conversion webhook behind a Service of the test's namespace; the answer is spec.conversion. */
export async function conversionWebhook(
  cluster: Cluster,
  convert: (object: ApiObject, apiVersion: string) => ApiObject,
): Promise<object> {
  const authority = await createTestAuthority();
  const name = 'converter';
  const identity = await authority.server(name, [`${name}.${cluster.namespace}.svc`]);
  const server = createServer({ cert: identity.cert, key: identity.key }, (req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const { apiVersion, kind, request } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const { uid, desiredAPIVersion, objects } = request;
      const convertedObjects = objects.map((one: ApiObject) => convert(one, desiredAPIVersion));
      const response = { uid, convertedObjects, result: { status: 'Success' } };
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify({ apiVersion, kind, response }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  cluster.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const services = `/api/v1/namespaces/${cluster.namespace}/services`;
  await cluster.ok('POST', services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ port: 9443, targetPort: port }] },
  });
  await cluster.ok('POST', `/apis/discovery.k8s.io/v1/namespaces/${cluster.namespace}/endpointslices`, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', port }],
    endpoints: [{ addresses: [machineAddress()], conditions: { ready: true } }],
  });
  return {
    strategy: 'Webhook',
    webhook: {
      conversionReviewVersions: ['v1', 'v1beta1'],
      clientConfig: {
        caBundle: Buffer.from(authority.ca).toString('base64'),
        service: { name, namespace: cluster.namespace, path: '/crdconvert', port: 9443 },
      },
    },
  };
}
