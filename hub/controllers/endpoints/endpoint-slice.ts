/** EndpointSlices: the addresses of the Pods behind each Service with a selector, at most 100 in each slice. */
import { type EndpointSlice, serviceNameLabel, sliceManagerLabel } from '../../api/endpoint-slice.ts';
import { isNotFound } from '../../api/errors.ts';
import { endpointSlices, nodes, services } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import { headlessLabel, isHeadless, type Service } from '../../api/service.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, WriteOptions } from '../../registry/registry.ts';
import { controllerReference } from '../claim.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { allKeys, createController, splitKey } from '../controller.ts';
import type { EndpointPods } from './endpoint-pod.ts';
import { removeSlice } from './remove-slice.ts';
import { serviceInterests } from './service-interest.ts';
import type { ServicePods } from './service-pods.ts';
import { planSlices, type SliceGroup, sliceGroups } from './slices.ts';

const manager = 'endpointslice-controller.k8s.io';

class SliceKeeper {
  readonly #context: ControllerContext;
  readonly #index: ServicePods;
  readonly #facts: EndpointPods;
  readonly #writer: WriteOptions = writerOf('endpointslice-controller');

  constructor(context: ControllerContext, index: ServicePods, facts: EndpointPods) {
    this.#context = context;
    this.#index = index;
    this.#facts = facts;
  }

  async reconcile(key: string): Promise<Again> {
    const { registry } = this.#context;
    const { namespace, name } = splitKey(key);
    const service = registry.get(services, namespace, name)?.object<Service>();
    if (service === undefined || service.metadata.deletionTimestamp !== undefined) return undefined;
    if (service.spec.type === 'ExternalName' || Object.keys(service.spec.selector ?? {}).length === 0) return undefined;
    const pods = this.#index.podsOf(namespace, name).map((entry) => this.#facts.of(entry));
    const groups = sliceGroups(service, pods, (node) => this.#zone(node));
    const existing = this.#existing(service);
    const plan = planSlices(groups, existing);
    const labels = this.#labels(service);
    const updated = new Set(plan.update.map(({ slice }) => slice));
    const stale = existing.filter(
      (slice) => !updated.has(slice) && !plan.remove.includes(slice) && !sameJson(slice.metadata.labels, labels),
    );
    const changes = [...plan.update, ...stale.map((slice) => ({ slice, endpoints: slice.endpoints ?? [] }))];
    await Promise.all([
      ...plan.create.map((group) => this.#create(service, group, labels)),
      ...changes.map(({ slice, endpoints }) => this.#update(slice, [...endpoints], labels)),
      ...plan.remove.map((slice) => removeSlice(this.#context.registry, slice, this.#writer)),
    ]);
    return undefined;
  }

  #zone(node: string): string | undefined {
    const entry = this.#context.registry.get(nodes, '', node);
    return entry === undefined ? undefined : this.#context.nodes.of(entry).zone;
  }

  #existing(service: Service): EndpointSlice[] {
    return this.#context.registry
      .dependents(service.metadata.uid ?? '')
      .filter((entry) => entry.info.resource === 'endpointslices' && entry.labels[sliceManagerLabel] === manager)
      .map((entry) => entry.object<EndpointSlice>())
      .filter((slice) => slice.metadata.deletionTimestamp === undefined);
  }

  #labels(service: Service): Record<string, string> {
    const labels: Record<string, string> = {
      ...service.metadata.labels,
      [sliceManagerLabel]: manager,
      [serviceNameLabel]: service.metadata.name ?? '',
    };
    if (isHeadless(service)) labels[headlessLabel] = '';
    else delete labels[headlessLabel];
    return labels;
  }

  async #create(service: Service, group: SliceGroup, labels: Record<string, string>): Promise<void> {
    const { namespace = '', name = '' } = service.metadata;
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { generateName: `${name}-`, labels, ownerReferences: [controllerReference(service)] },
      addressType: group.addressType,
      endpoints: group.endpoints.length === 0 ? null : group.endpoints,
      ports: group.ports,
    };
    await this.#context.registry.create(endpointSlices, namespace, slice, this.#writer);
  }

  async #update(
    slice: EndpointSlice,
    list: NonNullable<EndpointSlice['endpoints']>,
    labels: Record<string, string>,
  ): Promise<void> {
    const { namespace = '', name = '' } = slice.metadata;
    try {
      await this.#context.registry.modify<EndpointSlice>(
        endpointSlices,
        namespace,
        name,
        (now) => {
          now.endpoints = list;
          now.metadata.labels = labels;
        },
        this.#writer,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** A slice somebody else changed or removed. */
function* sliceKeys(change: Change): Iterable<string> {
  const service = change.entry.labels[serviceNameLabel];
  if (service !== undefined && change.entry.labels[sliceManagerLabel] === manager) {
    yield `${change.entry.namespace}/${service}`;
  }
}

/** Keeps EndpointSlices. */
export function createEndpointSliceController(
  context: ControllerContext,
  index: ServicePods,
  facts: EndpointPods,
): Part {
  const keeper = new SliceKeeper(context, index, facts);
  return createController({
    name: 'endpointslice',
    context,
    interests: [...serviceInterests(index, facts), { ref: endpointSlices, keys: sliceKeys }],
    initial: () => allKeys(context, services),
    reconcile: (key) => keeper.reconcile(key),
    workers: 16,
  });
}
