/** EndpointSlices for Endpoints that somebody wrote by hand for a Service without a selector. */
import { type Endpoint, type EndpointSlice, serviceNameLabel, sliceManagerLabel } from '../../api/endpoint-slice.ts';
import { isNotFound } from '../../api/errors.ts';
import { endpointSlices, endpoints, services } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { EndpointAddress, Endpoints, Service } from '../../api/service.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, WriteOptions } from '../../registry/registry.ts';
import { controllerReference } from '../claim.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { allKeys, createController, own, splitKey } from '../controller.ts';
import { removeSlice } from './remove-slice.ts';
import { planSlices, type SliceGroup } from './slices.ts';

const manager = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
/** API: not copied: they speak of the Endpoints object itself. */
const ownAnnotations = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'endpoints.kubernetes.io/last-change-trigger-time',
];
/** API: --mirroring-max-endpoints-per-subset. */
const subsetLimit = 1000;

function endpointOf(address: EndpointAddress, ready: boolean): Endpoint {
  const { ip, hostname, nodeName, targetRef } = address;
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}

/** The addresses grouped by ports and family; subsets with the same ports share a group. */
export function mirrorGroups(object: Endpoints): SliceGroup[] {
  const groups = new Map<string, SliceGroup & { endpoints: Endpoint[] }>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of object.subsets ?? []) {
    const all = [
      ...addresses.map((one) => endpointOf(one, true)),
      ...notReadyAddresses.map((one) => endpointOf(one, false)),
    ];
    const named = ports.map((port) => ({ name: '', protocol: 'TCP', ...port }));
    for (const endpoint of all.slice(0, subsetLimit)) {
      const addressType = endpoint.addresses[0]?.includes(':') === true ? 'IPv6' : 'IPv4';
      const key = JSON.stringify([addressType, named]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { addressType, ports: named, endpoints: [endpoint] });
      else group.endpoints.push(endpoint);
    }
  }
  return [...groups.values()];
}

/** True when slices are wanted for `object`. `service`: the one of the same name. */
export function isMirrored(object: Endpoints, service: Service | undefined): boolean {
  const { labels, annotations, deletionTimestamp } = object.metadata;
  if (service === undefined || deletionTimestamp !== undefined) return false;
  if (labels?.[skipLabel] === 'true' || annotations?.[leaderAnnotation] !== undefined) return false;
  return Object.keys(service.spec.selector ?? {}).length === 0;
}

/** Labels and annotations of the slices. */
export function mirrorMetadata(object: Endpoints): Pick<EndpointSlice['metadata'], 'labels' | 'annotations'> {
  const { name = '', labels, annotations = {} } = object.metadata;
  const copied = Object.entries(annotations).filter(([key]) => !ownAnnotations.includes(key));
  return {
    labels: { ...labels, [serviceNameLabel]: name, [sliceManagerLabel]: manager },
    ...(copied.length === 0 ? {} : { annotations: Object.fromEntries(copied) }),
  };
}

class Mirror {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf('endpointslicemirroring-controller');

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Again> {
    const { registry } = this.#context;
    const { namespace, name } = splitKey(key);
    const object = registry.get(endpoints, namespace, name)?.object<Endpoints>();
    if (object === undefined) return undefined;
    const service = registry.get(services, namespace, name)?.object<Service>();
    const existing = this.#existing(object);
    const mirrored = isMirrored(object, service);
    if (!mirrored && existing.length === 0) return undefined;
    const plan = planSlices(mirrored ? mirrorGroups(object) : [], existing);
    const metadata = mirrorMetadata(object);
    const updated = new Set(plan.update.map(({ slice }) => slice));
    const stale = existing.filter((slice) => {
      const { labels, annotations } = slice.metadata;
      const same = sameJson(labels, metadata.labels) && sameJson(annotations ?? {}, metadata.annotations ?? {});
      return !same && !updated.has(slice) && !plan.remove.includes(slice);
    });
    await Promise.all([
      ...plan.create.map((group) => this.#create(object, group, metadata)),
      ...plan.update.map(({ slice, endpoints: list }) => this.#update(slice, [...list], metadata)),
      ...stale.map((slice) => this.#update(slice, slice.endpoints ?? [], metadata)),
      ...plan.remove.map((slice) => removeSlice(this.#context.registry, slice, this.#writer)),
    ]);
    return undefined;
  }

  #existing(object: Endpoints): EndpointSlice[] {
    return this.#context.registry
      .dependents(object.metadata.uid ?? '')
      .filter((entry) => entry.info.resource === 'endpointslices' && entry.labels[sliceManagerLabel] === manager)
      .map((entry) => entry.object<EndpointSlice>());
  }

  async #create(
    object: Endpoints,
    group: SliceGroup,
    metadata: Pick<EndpointSlice['metadata'], 'labels' | 'annotations'>,
  ): Promise<void> {
    const { namespace = '', name = '' } = object.metadata;
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, generateName: `${name}-`, ownerReferences: [controllerReference(object)] },
      addressType: group.addressType,
      endpoints: group.endpoints,
      ports: group.ports,
    };
    await this.#context.registry.create(endpointSlices, namespace, slice, this.#writer);
  }

  async #update(
    slice: EndpointSlice,
    list: Endpoint[],
    metadata: Pick<EndpointSlice['metadata'], 'labels' | 'annotations'>,
  ): Promise<void> {
    const { namespace = '', name = '' } = slice.metadata;
    const change = (now: EndpointSlice): void => {
      const { annotations: _, ...others } = now.metadata;
      now.metadata = { ...others, ...metadata };
      now.endpoints = list;
    };
    try {
      await this.#context.registry.modify<EndpointSlice>(endpointSlices, namespace, name, change, this.#writer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** A slice somebody else changed or removed. */
function* sliceKeys(change: Change): Iterable<string> {
  const { labels, namespace } = change.entry;
  if (labels[sliceManagerLabel] === manager) yield `${namespace}/${labels[serviceNameLabel] ?? ''}`;
}

/** Keeps slices beside hand-made Endpoints. */
export function createEndpointMirrorController(context: ControllerContext): Part {
  const mirror = new Mirror(context);
  return createController({
    name: 'endpointslicemirroring',
    context,
    interests: [own(endpoints), own(services), { ref: endpointSlices, keys: sliceKeys }],
    initial: () => allKeys(context, endpoints),
    reconcile: (key) => mirror.reconcile(key),
    workers: 4,
  });
}
