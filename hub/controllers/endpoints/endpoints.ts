/** Endpoints: the addresses of the Pods behind each Service with a selector, in the older of the two forms. */
import { isAlreadyExists, isNotFound } from '../../api/errors.ts';
import { endpoints, services } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import { type Endpoints, headlessLabel, isHeadless, type Service } from '../../api/service.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { allKeys, createController, own, splitKey } from '../controller.ts';
import type { EndpointPods } from './endpoint-pod.ts';
import { serviceInterests } from './service-interest.ts';
import type { ServicePods } from './service-pods.ts';
import { endpointSubsets, truncated } from './subsets.ts';

const managedBy = 'endpoints.kubernetes.io/managed-by';
const overCapacity = 'endpoints.kubernetes.io/over-capacity';

class EndpointsKeeper {
  readonly #context: ControllerContext;
  readonly #index: ServicePods;
  readonly #facts: EndpointPods;
  readonly #writer: WriteOptions = writerOf('endpoint-controller');

  constructor(context: ControllerContext, index: ServicePods, facts: EndpointPods) {
    this.#context = context;
    this.#index = index;
    this.#facts = facts;
  }

  async reconcile(key: string): Promise<Again> {
    const { registry } = this.#context;
    const { namespace, name } = splitKey(key);
    const service = registry.get(services, namespace, name)?.object<Service>();
    try {
      if (service === undefined) await this.#remove(namespace, name);
      else if (Object.keys(service.spec.selector ?? {}).length > 0 && service.spec.type !== 'ExternalName') {
        await this.#keep(namespace, name, service);
      }
    } catch (error) {
      if (!isNotFound(error) && !isAlreadyExists(error)) throw error;
    }
    return undefined;
  }

  /** API: only what this controller made goes with the Service; others (leader election) keep theirs. */
  async #remove(namespace: string, name: string): Promise<void> {
    const { registry } = this.#context;
    if (registry.get(endpoints, namespace, name)?.labels[managedBy] === undefined) return;
    await registry.delete(endpoints, namespace, name, this.#writer);
  }

  async #keep(namespace: string, name: string, service: Service): Promise<void> {
    const { registry } = this.#context;
    const pods = this.#index.podsOf(namespace, name).map((entry) => this.#facts.of(entry));
    const { subsets, over } = truncated(endpointSubsets(service, pods));
    const labels: Record<string, string> = { ...service.metadata.labels, [managedBy]: 'endpoint-controller' };
    if (isHeadless(service)) labels[headlessLabel] = '';
    else delete labels[headlessLabel];
    const current = registry.get(endpoints, namespace, name)?.object<Endpoints>();
    const marked = current?.metadata.annotations?.[overCapacity] !== undefined;
    if (
      current !== undefined &&
      sameJson(current.subsets ?? [], subsets) &&
      sameJson(current.metadata.labels, labels) &&
      marked === over
    ) {
      return;
    }
    const change = (object: Endpoints): void => {
      object.metadata.labels = labels;
      if (over) object.metadata.annotations = { ...object.metadata.annotations, [overCapacity]: 'truncated' };
      else if (marked) delete object.metadata.annotations?.[overCapacity];
      if (subsets.length > 0) object.subsets = subsets;
      else delete object.subsets;
    };
    if (current !== undefined) {
      await registry.modify<Endpoints>(endpoints, namespace, name, change, this.#writer);
      return;
    }
    const made: Endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name } };
    change(made);
    await registry.create(endpoints, namespace, made, this.#writer);
  }
}

/** Keeps Endpoints. */
export function createEndpointsController(context: ControllerContext, index: ServicePods, facts: EndpointPods): Part {
  const keeper = new EndpointsKeeper(context, index, facts);
  return createController({
    name: 'endpoints',
    context,
    interests: [...serviceInterests(index, facts), own(endpoints)],
    initial: () => allKeys(context, services),
    reconcile: (key) => keeper.reconcile(key),
    workers: 16,
  });
}
