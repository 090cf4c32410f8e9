/** Whether the servers behind APIServices can be asked: looks when their Services change, and again from time to time. */
import { type APIService, apiServices } from '../../api/api-service.ts';
import { isNotFound } from '../../api/errors.ts';
import { type EndpointSlice, serviceNameLabel } from '../../api/endpoint-slice.ts';
import { timestamp } from '../../api/object.ts';
import { endpointSlices, services } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { Service } from '../../api/service.ts';
import { apiServerUser } from '../../api/user.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, WriteOptions } from '../../registry/registry.ts';
import type { ControllerContext } from '../context.ts';
import { allKeys, createController, keyOf, splitKey } from '../controller.ts';
import { failedCheck, type Found, passed, type Said, verdictOf, withSaid } from './verdict.ts';

/** Asks the server of an APIService whether it is there. Rejects with a sentence that says why it is not. */
export type CheckApiService = (service: APIService) => Promise<void>;

/** API: a server that is there is asked again after this many milliseconds: nobody tells when a network breaks. */
const lookAgain = 30_000;

class Availability {
  readonly #context: ControllerContext;
  readonly #check: CheckApiService;
  readonly #writer: WriteOptions = {
    user: apiServerUser,
    manager: 'kube-apiserver',
    subresource: 'status',
  };
  /** The Services that matter, `namespace/name`, by APIService. */
  readonly #behind = new Map<string, string>();

  constructor(context: ControllerContext, check: CheckApiService) {
    this.#context = context;
    this.#check = check;
  }

  /** An APIService that is new or names something else; not when only its status changed. */
  *ofOwn({ type, entry, previous }: Change): Iterable<string> {
    const service = entry.object<APIService>();
    if (type === 'DELETED') this.#behind.delete(entry.name);
    else this.#remember(service);
    if (previous === undefined || !sameJson(service.spec, previous.object<APIService>().spec)) yield keyOf(entry);
  }

  *ofService(namespace: string, name: string): Iterable<string> {
    if (this.#behind.size === 0) return;
    const wanted = `${namespace}/${name}`;
    for (const [own, service] of this.#behind) if (service === wanted) yield `/${own}`;
  }

  readonly reconcile = async (key: string): Promise<Again> => {
    const { name } = splitKey(key);
    const service = this.#context.registry.get(apiServices, '', name)?.object<APIService>();
    if (service === undefined) return undefined;
    this.#remember(service);
    const verdict = verdictOf(service, this.#found(service));
    if (verdict !== undefined) {
      await this.#say(name, verdict);
      return undefined;
    }
    try {
      await this.#check(service);
    } catch (error) {
      await this.#say(name, failedCheck(error instanceof Error ? error.message : String(error)));
      throw error;
    }
    await this.#say(name, passed);
    return lookAgain;
  };

  #remember({ metadata, spec }: APIService): void {
    const { name = '' } = metadata;
    if (spec?.service === undefined) this.#behind.delete(name);
    else this.#behind.set(name, `${spec.service.namespace}/${spec.service.name}`);
  }

  #found({ spec }: APIService): Found {
    const { registry } = this.#context;
    const { namespace, name } = spec?.service ?? { namespace: '', name: '' };
    if (name === '') return { service: undefined, slices: [] };
    const slices = [...registry.entries(endpointSlices, namespace)]
      .filter((entry) => entry.labels[serviceNameLabel] === name)
      .map((entry) => entry.object<EndpointSlice>());
    return { service: registry.get(services, namespace, name)?.object<Service>(), slices };
  }

  async #say(name: string, said: Said): Promise<void> {
    const { registry, clock } = this.#context;
    const before = registry.get(apiServices, '', name)?.object<APIService>().status?.conditions ?? [];
    if (withSaid(before, said, '') === before) return;
    const put = (service: APIService): void => {
      const conditions = withSaid(service.status?.conditions ?? [], said, timestamp(clock.now()));
      service.status = { ...service.status, conditions: [...conditions] };
    };
    try {
      await registry.modify<APIService>(apiServices, '', name, put, this.#writer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** The controller of the condition Available. */
export function createApiServiceAvailability(context: ControllerContext, check: CheckApiService): Part {
  const controller = new Availability(context, check);
  return createController({
    name: 'api-service-availability',
    context,
    interests: [
      { ref: apiServices, keys: (change) => controller.ofOwn(change) },
      { ref: services, keys: ({ entry }) => controller.ofService(entry.namespace, entry.name) },
      {
        ref: endpointSlices,
        keys: ({ entry }) => controller.ofService(entry.namespace, entry.labels[serviceNameLabel] ?? ''),
      },
    ],
    initial: () => allKeys(context, apiServices),
    reconcile: controller.reconcile,
  });
}
