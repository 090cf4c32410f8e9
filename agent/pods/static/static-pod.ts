/** A manifest becomes a static Pod: a Pod of this node alone, whose identity is its file's text. Pure. API: kubelet's file source. */
import { createHash } from 'node:crypto';
import { parseAllDocuments } from 'yaml';
import type { Container } from '../../../hub/api/container.ts';
import { anyObject, list, mapOf, oneOf, optional, shape, text } from '../../../hub/api/guard.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../../hub/api/names.ts';
import type { ObjectMeta } from '../../../hub/api/object.ts';
import type { Pod, PodSpec, Volume } from '../../../hub/api/pod.ts';
import { configHashAnnotation, configSourceAnnotation } from '../../../hub/api/static-pod.ts';
import { defaultStaticPod } from './static-defaults.ts';

type Shown = Pick<Pod, 'apiVersion' | 'kind' | 'metadata' | 'spec'>;

const containers = list(shape<Pick<Container, 'name' | 'image'>>({ name: text(63), image: optional(text()) }), 200);
const checkPod = shape<Shown>({
  apiVersion: oneOf('v1'),
  kind: oneOf('Pod'),
  metadata: shape<Pick<ObjectMeta, 'name' | 'namespace' | 'labels' | 'annotations'>>({
    name: text(253),
    namespace: optional(text(63)),
    labels: optional(mapOf(text(), 1000)),
    annotations: optional(mapOf(text(300_000), 1000)),
  }),
  spec: shape<Pick<PodSpec, 'containers' | 'initContainers' | 'volumes' | 'tolerations'>>({
    containers,
    initContainers: optional(containers),
    volumes: optional(list(anyObject, 1000)),
    tolerations: optional(list(anyObject, 1000)),
  }),
});

/** The Pod of a manifest on this node. Throws an Error in one line when it is none. */
export function parseStaticPod(manifest: string, node: string): Pod {
  const { apiVersion, kind, metadata, spec } = read(manifest);
  refuseReferences(spec);
  const uid = createHash('sha256')
    .update(JSON.stringify([node, manifest]))
    .digest('hex')
    .slice(0, 32);
  const name = `${metadata.name}-${node.toLowerCase()}`;
  const namespace = metadata.namespace ?? 'default';
  const [wrong] = [...isDns1123Subdomain(name), ...isDns1123Label(namespace)];
  if (wrong !== undefined) throw new Error(`the name "${namespace}/${name}": ${wrong}`);
  const pod: Pod = {
    apiVersion,
    kind,
    metadata: {
      ...{ name, namespace, uid },
      ...(metadata.labels == null ? {} : { labels: metadata.labels }),
      annotations: { ...metadata.annotations, [configHashAnnotation]: uid, [configSourceAnnotation]: 'file' },
    },
    spec: {
      ...spec,
      nodeName: node,
      tolerations: [...(spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }],
    },
  };
  defaultStaticPod(pod);
  return pod;
}

function read(manifest: string): Shown {
  const [document, ...more] = parseAllDocuments(manifest);
  if (document === undefined || !('errors' in document)) throw new Error('the file is empty');
  const [error] = document.errors;
  if (error !== undefined) throw new Error(error.message.split('\n')[0]?.replace(/:$/, '') ?? 'no YAML');
  if (more.length > 0) throw new Error('a manifest holds one Pod, not several documents');
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  checkPod(value, 'Pod');
  const pod = value as Shown;
  if (pod.spec.containers.length === 0) throw new Error('Pod.spec.containers is empty');
  return pod;
}

/** API: what lies in the API may not be there when the Pod starts, so it must not need it. */
function refuseReferences(spec: PodSpec): void {
  const found = references(spec)[Symbol.iterator]().next();
  if (found.done !== true) throw new Error(`static pods may not reference ${found.value}`);
}

function* references(spec: PodSpec): Iterable<string> {
  if (spec.serviceAccountName || spec.serviceAccount) yield 'serviceaccounts';
  if (spec.runtimeClassName) yield 'runtimeclasses';
  if ((spec.imagePullSecrets ?? []).length > 0) yield 'secrets';
  if ((spec.resourceClaims ?? []).length > 0) yield 'resourceclaims';
  if ((spec.ephemeralContainers ?? []).length > 0) yield 'ephemeral containers';
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) yield* environmentReferences(container);
  for (const volume of spec.volumes ?? []) yield* volumeReferences(volume);
}

function* environmentReferences({ env, envFrom }: Container): Iterable<string> {
  for (const { configMapRef, secretRef } of envFrom ?? []) {
    if (configMapRef !== undefined) yield 'configmaps';
    if (secretRef !== undefined) yield 'secrets';
  }
  for (const { valueFrom } of env ?? []) {
    if (valueFrom?.configMapKeyRef !== undefined) yield 'configmaps';
    if (valueFrom?.secretKeyRef !== undefined) yield 'secrets';
  }
}

function* volumeReferences(volume: Volume): Iterable<string> {
  if (volume.configMap !== undefined) yield 'configmaps';
  if (volume.secret !== undefined) yield 'secrets';
  if (volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined) yield 'persistentvolumeclaims';
  for (const source of volume.projected?.sources ?? []) {
    if (source.configMap !== undefined) yield 'configmaps';
    if (source.secret !== undefined) yield 'secrets';
    if (source.serviceAccountToken !== undefined) yield 'serviceaccounts';
    if (source.clusterTrustBundle !== undefined) yield 'clustertrustbundles';
  }
}
