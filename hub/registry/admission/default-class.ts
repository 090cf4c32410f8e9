/** DefaultStorageClass and DefaultIngressClass: claims and ingresses that name no class get the default one. */
import type { KubeObject } from '../../api/object.ts';
import { type ResourceRef, storageClasses } from '../../api/resource.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';
import { forbid, type Reader } from './forbid.ts';

const ingressClasses: ResourceRef = { group: 'networking.k8s.io', version: 'v1', resource: 'ingressclasses' };
const storageMarks = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const ingressMarks = ['ingressclass.kubernetes.io/is-default-class'];
const oldStorageClass = 'volume.beta.kubernetes.io/storage-class';
const oldIngressClass = 'kubernetes.io/ingress.class';

function isCreateOf(request: AdmissionRequest, group: string, resource: string): boolean {
  return (
    request.operation === 'CREATE' &&
    request.info.resource === resource &&
    request.info.group === group &&
    request.subresource === ''
  );
}

/** Classes marked as default: the newest first, then by name. */
function defaults(reader: Pick<Reader, 'entries'>, ref: ResourceRef, marks: readonly string[]): KubeObject[] {
  const found: KubeObject[] = [];
  for (const entry of reader.entries(ref)) {
    const object = entry.object();
    if (marks.some((mark) => object.metadata.annotations?.[mark] === 'true')) found.push(object);
  }
  const when = (object: KubeObject): string => object.metadata.creationTimestamp ?? '';
  const name = (object: KubeObject): string => object.metadata.name ?? '';
  return found.sort((a, b) => when(b).localeCompare(when(a)) || name(a).localeCompare(name(b)));
}

/** The class that claims get which name none; undefined when there is no default. */
export function defaultStorageClassName(reader: Pick<Reader, 'entries'>): string | undefined {
  return defaults(reader, storageClasses, storageMarks)[0]?.metadata.name;
}

/** DefaultStorageClass. */
export function defaultStorageClass(reader: Reader): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    handles: (request) => isCreateOf(request, '', 'persistentvolumeclaims'),
    mutate(request) {
      const object = request.object as KubeObject;
      const spec = (object.spec ?? {}) as { storageClassName?: string };
      if (spec.storageClassName !== undefined || object.metadata.annotations?.[oldStorageClass] !== undefined) return;
      const name = defaultStorageClassName(reader);
      if (name !== undefined) spec.storageClassName = name;
    },
  };
}

/** DefaultIngressClass. */
export function defaultIngressClass(reader: Reader): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    handles: (request) => isCreateOf(request, 'networking.k8s.io', 'ingresses'),
    mutate(request) {
      const object = request.object as KubeObject;
      const spec = (object.spec ?? {}) as { ingressClassName?: string };
      if (spec.ingressClassName !== undefined || object.metadata.annotations?.[oldIngressClass] !== undefined) return;
      const found = defaults(reader, ingressClasses, ingressMarks);
      if (found.length > 1) {
        throw forbid(request, `${found.length} default IngressClasses were found, only 1 allowed`);
      }
      const name = found[0]?.metadata.name;
      if (name !== undefined) spec.ingressClassName = name;
    },
  };
}
