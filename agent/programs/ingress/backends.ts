/** The addresses behind Services, as they are now. */
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { EndpointConditions, Service, ServiceSpec } from '../../../hub/api/service.ts';
import type { Backend } from './routes.ts';

/** One address that answers. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const serviceLabel = 'kubernetes.io/service-name';

/** `namespace/name` of the Service a slice is of. */
export const serviceOf = ({ metadata: { namespace = '', labels } }: EndpointSlice): string =>
  `${namespace}/${labels?.[serviceLabel] ?? ''}`;

/** What is kept of a Service: its ports, and where it is if that is a name outside. */
export const keepService = ({ apiVersion, kind, metadata, spec }: Service): Service => ({
  ...{ apiVersion, kind, metadata: { ...named(metadata) } },
  spec: { ports: spec.ports ?? [], ...(spec.type === 'ExternalName' ? externalOf(spec) : {}) },
});

/** What is kept of a slice: whom it is of, addresses that may be used, and ports. API: lists without members may be null. */
export const keepSlice = ({ metadata, endpoints, ports, ...slice }: EndpointSlice): EndpointSlice => ({
  ...{ ...slice, metadata: { ...named(metadata), labels: { [serviceLabel]: metadata.labels?.[serviceLabel] ?? '' } } },
  ports: ports ?? [],
  endpoints: (endpoints ?? []).map(({ addresses, conditions }) => ({
    addresses: addresses.slice(0, 1),
    conditions: conditions ?? {},
  })),
});

const externalOf = ({ type = '', externalName = '' }: ServiceSpec): ServiceSpec => ({ type, externalName });

function named({ name = '', namespace = '', resourceVersion = '' }: Service['metadata']): Service['metadata'] {
  return { name, namespace, resourceVersion };
}

/** What endpoints are found by; both maps are live and by `namespace/name`. */
export interface BackendsOptions {
  readonly services: ReadonlyMap<string, Service>;
  readonly slices: ReadonlyMap<string, EndpointSlice>;
  /**
   * Whether Services of type ExternalName are served. Whoever may make one could reach by it what the node alone can: its
   * loopback, its network, a cloud's metadata.
   */
  readonly externalNames: boolean;
  /** Told once of each Service that is not served for that; `namespace/name`. */
  readonly refused: (service: string) => void;
}

/** Finds endpoints; `forget` is called when Services or slices changed. */
export class Backends {
  readonly #options: BackendsOptions;
  #found = new Map<string, readonly Endpoint[]>();
  #byService: Map<string, EndpointSlice[]> | undefined;
  #turn = 0;
  readonly #refused = new Set<string>();

  constructor(options: BackendsOptions) {
    this.#options = options;
  }

  forget(): void {
    this.#found = new Map();
    this.#byService = undefined;
  }

  /** At most `most` endpoints in the order they are to be tried; each call begins with the next. Undefined without such a Service or port. */
  choose(backend: Backend, most: number): readonly Endpoint[] | undefined {
    const key = `${backend.namespace}/${backend.service} ${backend.port}`;
    const all = this.#found.get(key) ?? this.#resolve(backend);
    if (all === undefined) return undefined;
    this.#found.set(key, all);
    this.#turn = (this.#turn + 1) % 2 ** 30;
    return Array.from(
      { length: Math.min(most, all.length) },
      (_, index) => all[(this.#turn + index) % all.length],
    ).flatMap((one) => one ?? []);
  }

  #resolve({ namespace, service, port }: Backend): readonly Endpoint[] | undefined {
    const key = `${namespace}/${service}`;
    const { services, externalNames } = this.#options;
    const { type, externalName = '', ports } = services.get(key)?.spec ?? {};
    const found = ports?.find((one) => one.port === port || one.name === port);
    if (type === 'ExternalName') {
      if (!externalNames) return this.#refuse(key);
      const number = found?.port ?? port;
      return typeof number === 'number' ? [{ host: externalName, port: number }] : undefined;
    }
    if (found === undefined || (found.protocol ?? 'TCP') !== 'TCP') return undefined;
    const slices = this.#slicesOf(key);
    const ready = endpointsOf(slices, found.name ?? '', ({ ready: isReady }) => isReady !== false);
    // API: what is ending and still serves is better than nothing
    return ready.length > 0 ? ready : endpointsOf(slices, found.name ?? '', ({ serving }) => serving === true);
  }

  #refuse(service: string): undefined {
    if (this.#refused.has(service)) return;
    this.#refused.add(service);
    this.#options.refused(service);
  }

  #slicesOf(service: string): readonly EndpointSlice[] {
    if (this.#byService === undefined) {
      this.#byService = new Map();
      for (const slice of this.#options.slices.values()) {
        const key = serviceOf(slice);
        const before = this.#byService.get(key);
        if (before === undefined) this.#byService.set(key, [slice]);
        else before.push(slice);
      }
    }
    return this.#byService.get(service) ?? [];
  }
}

/** The endpoints of the port called `name` whose conditions are good. */
function endpointsOf(
  slices: readonly EndpointSlice[],
  name: string,
  isGood: (conditions: EndpointConditions) => boolean,
): Endpoint[] {
  return slices.flatMap(({ addressType, ports = [], endpoints = [] }) => {
    const port = ports.find((one) => (one.name ?? '') === name)?.port;
    if (port === undefined || addressType === 'FQDN') return [];
    return endpoints.flatMap(({ addresses: [host], conditions = {} }) =>
      host !== undefined && isGood(conditions) ? [{ host, port }] : [],
    );
  });
}
