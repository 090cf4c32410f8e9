/** Admission webhooks for tests: a server that answers reviews, and configurations that ask it about one namespace. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createTestAuthority } from '../support/certificates.ts';
import type { Answer, ApiObject, Cluster } from './suite.ts';
import { until } from './suite.ts';

/** Where configurations are. */
export const configurations = {
  mutating: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  validating: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
} as const;

/** Which of the two. */
export type Configured = keyof typeof configurations;

/** An AdmissionReview or ConversionReview. */
// biome-ignore lint/suspicious/noExplicitAny: a review is whatever the hub sends
export type Review = Record<string, any>;

/** What a webhook says: the response without its uid. Unset means the request is allowed. */
export type Judge = (request: Review) => object | undefined | Promise<object | undefined>;

/** A server of webhooks. */
export interface WebhookServer {
  /** The clientConfig of the webhook at a path (`/deny`). */
  at(path: string): { url: string; caBundle: string };
  /** Every request that was asked about, by path. */
  readonly asked: ReadonlyMap<string, readonly Review[]>;
}

/** Starts a server that is gone after the test; `judges` by path. */
export async function webhookServer(cluster: Cluster, judges: Readonly<Record<string, Judge>>): Promise<WebhookServer> {
  const authority = await createTestAuthority();
  const { cert, key } = await authority.server('webhook');
  const asked = new Map<string, Review[]>(Object.keys(judges).map((path) => [path, []]));
  const server = createServer({ cert, key }, async (req, res) => {
    const path = new URL(req.url ?? '/', 'https://webhook').pathname;
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const { request } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { request: Review };
    asked.get(path)?.push(request);
    const said = (await judges[path]?.(request)) ?? { allowed: true };
    const response = { uid: request['uid'], ...said };
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cluster.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const caBundle = Buffer.from(authority.ca).toString('base64');
  return { at: (path) => ({ url: `https://127.0.0.1:${port}${path}`, caBundle }), asked };
}

/** Refuses with a message. */
export function deny(message: string): object {
  return { allowed: false, status: { message } };
}

/** Allows, with a JSON patch. */
export function change(...steps: readonly object[]): object {
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(steps)).toString('base64') };
}

/** A rule about one resource of one group and version. */
export function ruleFor(
  resource: string,
  operations: readonly string[] = ['CREATE'],
  group = '',
  version = 'v1',
): object {
  return { apiGroups: [group], apiVersions: [version], operations, resources: [resource] };
}

/** A webhook that is asked about the test's namespace and about nothing elsewhere. */
export function hookOf(
  cluster: Cluster,
  name: string,
  clientConfig: object,
  rules: readonly object[],
  more: object = {},
): object {
  return {
    name: `${name}.${cluster.namespace}.example.com`,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    clientConfig,
    rules,
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': cluster.namespace } },
    ...more,
  };
}

/** A configuration with these webhooks, that is gone after the test. */
export async function configure(
  cluster: Cluster,
  which: Configured,
  webhooks: readonly object[],
  { name = cluster.namespace, labels = {} }: { name?: string; labels?: Record<string, string> } = {},
): Promise<ApiObject> {
  cluster.after(() => cluster.api('DELETE', `${configurations[which]}/${name}`));
  const kind = which === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration';
  const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name, labels }, webhooks };
  return await cluster.ok('POST', configurations[which], body);
}

/** Creates a ConfigMap, whatever the answer. */
export function createConfigMap(
  { api, namespace }: Cluster,
  name: string,
  data: Record<string, string> = {},
): Promise<Answer<ApiObject>> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
  return api('POST', `/api/v1/namespaces/${namespace}/configmaps`, body);
}

/** Waits until new ConfigMaps come out as wanted: configurations need not work at once. */
export async function untilConfigMap(
  cluster: Cluster,
  wanted: (answer: Answer<ApiObject>) => boolean,
  data: Record<string, string> = {},
): Promise<void> {
  let count = 0;
  await until(async () => {
    count += 1;
    return wanted(await createConfigMap(cluster, `probe-${Date.now()}-${count}`, data));
  }, 10);
}
