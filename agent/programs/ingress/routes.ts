/** Which backend answers a request: the rules of all Ingresses as one table, with Kubernetes' precedence. Pure. */
import type { HTTPIngressPath, Ingress, IngressBackend } from '../../../hub/api/networking.ts';
import { parseQuantity } from '../../../hub/api/quantity.ts';

/** Annotation, `"true"`: requests without TLS are told to come again with it. */
const redirectAnnotation = 'ingress.coracle.io/ssl-redirect';

/** Annotation: the largest body of a request, a quantity (`8Mi`). */
const bodyAnnotation = 'ingress.coracle.io/max-body';

/** Annotation of Ingresses older than their classes. */
const classAnnotation = 'kubernetes.io/ingress.class';

const annotationsRead: readonly string[] = [redirectAnnotation, bodyAnnotation, classAnnotation];

/** A port of a Service. */
export interface Backend {
  readonly namespace: string;
  readonly service: string;
  /** Its number, or its name. */
  readonly port: number | string;
}

/** What is done with a request. */
export interface Route {
  /** Undefined where an Ingress names what is no Service: nobody answers. */
  readonly backend: Backend | undefined;
  readonly redirect: boolean;
  /** Bytes; undefined: as the program is set. */
  readonly maxBody: number | undefined;
}

interface PathRoute extends Route {
  readonly isExact: boolean;
  /** Without a slash at its end where it is a prefix; the whole of the site is the empty text. */
  readonly path: string;
}

/** The paths of one host, best first, and what answers where none fits. */
interface Host {
  readonly paths: PathRoute[];
  fallback: Route | undefined;
}

/** The table. */
export interface Routes {
  /** By name, `*.example.org` among them; the empty name is that of rules without a host. */
  readonly hosts: ReadonlyMap<string, Host>;
  readonly fallback: Route | undefined;
}

/** True for an Ingress that asks for this class. */
export function hasClass({ metadata, spec }: Ingress, name: string): boolean {
  return (spec?.ingressClassName ?? metadata.annotations?.[classAnnotation]) === name;
}

/** What is kept of an Ingress. */
export const keepIngress = ({ apiVersion, kind, metadata, spec, status }: Ingress): Ingress => {
  const { name = '', namespace = '', resourceVersion = '', creationTimestamp = '', annotations = {} } = metadata;
  const read = Object.entries(annotations).filter(([key]) => annotationsRead.includes(key));
  return {
    ...{ apiVersion, kind },
    metadata: { name, namespace, resourceVersion, creationTimestamp, annotations: Object.fromEntries(read) },
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  };
};

/** Oldest first, as conflicts are decided: who was there first keeps what it has. */
export function byAge(one: Ingress, other: Ingress): number {
  const key = ({ metadata: { creationTimestamp, namespace, name } }: Ingress): string =>
    `${creationTimestamp ?? ''} ${namespace ?? ''}/${name ?? ''}`;
  return key(one) < key(other) ? -1 : 1;
}

/** The table of these Ingresses. */
export function makeRoutes(ingresses: Iterable<Ingress>): Routes {
  const hosts = new Map<string, Host>();
  let fallback: Route | undefined;
  for (const ingress of [...ingresses].sort(byAge)) {
    const { spec = {} } = ingress;
    const own = spec.defaultBackend === undefined ? undefined : routeOf(ingress, spec.defaultBackend);
    fallback ??= own;
    for (const { host: name = '', http } of spec.rules ?? []) {
      const host = hosts.get(name.toLowerCase()) ?? { paths: [], fallback: undefined };
      hosts.set(name.toLowerCase(), host);
      host.fallback ??= own;
      for (const path of http?.paths ?? []) host.paths.push(pathOf(ingress, path));
    }
  }
  for (const { paths } of hosts.values()) paths.sort(better);
  return { hosts, fallback };
}

function routeOf({ metadata }: Ingress, { service }: IngressBackend): Route {
  const { annotations = {}, namespace = '' } = metadata;
  const port = service?.port?.number ?? service?.port?.name;
  const maxBody = annotations[bodyAnnotation];
  return {
    backend: service === undefined || port === undefined ? undefined : { namespace, service: service.name, port },
    redirect: annotations[redirectAnnotation] === 'true',
    maxBody: maxBody === undefined ? undefined : parseQuantity(maxBody),
  };
}

/** API: what an implementation makes of ImplementationSpecific is its own; here it is a prefix. */
function pathOf(ingress: Ingress, { path = '/', pathType, backend }: HTTPIngressPath): PathRoute {
  const isExact = pathType === 'Exact';
  return { ...routeOf(ingress, backend), isExact, path: isExact ? path : path.replace(/\/+$/, '') };
}

/** API: exact paths go before prefixes, longer ones before shorter. Equal ones stay as they came, by age. */
const better = (one: PathRoute, other: PathRoute): number =>
  Number(other.isExact) - Number(one.isExact) || other.path.length - one.path.length;

/**
 * The route of a request; undefined when nobody asked for it. `host` has no port, `path` no query. The host decides first: where
 * there are rules for a name, those for wildcards or any name do not answer for paths it leaves out.
 */
export function findRoute({ hosts, fallback }: Routes, host: string, path: string): Route | undefined {
  const found = hosts.get(host) ?? hosts.get(host.replace(/^[^.]+/, '*')) ?? hosts.get('');
  return found?.paths.find((one) => fits(one, path)) ?? found?.fallback ?? fallback;
}

/** API: a prefix is compared element by element. */
function fits({ isExact, path: wanted }: PathRoute, path: string): boolean {
  if (isExact) return path === wanted;
  return path.startsWith(wanted) && (path.length === wanted.length || path[wanted.length] === '/');
}
