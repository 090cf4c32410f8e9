/** Keeps an APIService for every group version the hub serves itself. */
import { type APIService, apiServiceName, apiServices } from '../../api/api-service.ts';
import { type CustomResourceDefinition, customResourceDefinitions } from '../../api/custom-resource.ts';
import { isAlreadyExists, isNotFound } from '../../api/errors.ts';
import { apiServerUser } from '../../api/user.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, WriteOptions } from '../../registry/registry.ts';
import type { ControllerContext } from '../context.ts';
import { createController, own, splitKey } from '../controller.ts';
import { builtInService, customService, deedOf, groupVersionOf } from './wanted.ts';

class Registration {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = {
    user: apiServerUser,
    manager: 'kube-apiserver',
  };
  readonly #settled = new Set<string>();
  #there: ReadonlySet<string> = new Set();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** What there is, and what there should be. */
  *initial(): Iterable<string> {
    const { registry } = this.#context;
    this.#there = new Set([...registry.entries(apiServices)].map((entry) => entry.name));
    for (const name of this.#there) yield `/${name}`;
    for (const one of registry.catalogue.groupVersions()) yield `/${apiServiceName(one)}`;
    for (const entry of registry.entries(customResourceDefinitions))
      yield* namesOf(this.#context.definitions.of(entry));
  }

  /** The versions of a definition, also those it had before. */
  *ofDefinition({ entry, previous }: Change): Iterable<string> {
    const { definitions } = this.#context;
    yield* namesOf(definitions.of(entry));
    if (previous !== undefined) yield* namesOf(definitions.of(previous));
  }

  readonly reconcile = async (key: string): Promise<Again> => {
    const { name } = splitKey(key);
    const { registry } = this.#context;
    const current = registry.get(apiServices, '', name)?.object<APIService>();
    const wanted = this.#wanted(name);
    const isSettled = this.#settled.has(name);
    const deed = deedOf({ current, wanted, isSettled, wasThere: this.#there.has(name) });
    try {
      if (deed === 'create' && wanted !== undefined) await registry.create(apiServices, '', wanted, this.#writer);
      else if (deed === 'delete') await registry.delete(apiServices, '', name, this.#writer);
      else if (deed === 'update' && wanted?.spec !== undefined) await this.#update(name, wanted.spec);
    } catch (error) {
      if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
    }
    this.#settled.add(name);
    return undefined;
  };

  async #update(name: string, spec: NonNullable<APIService['spec']>): Promise<void> {
    const put = (service: APIService): void => {
      service.spec = spec;
    };
    await this.#context.registry.modify<APIService>(apiServices, '', name, put, this.#writer);
  }

  #wanted(name: string): APIService | undefined {
    const { group, version } = groupVersionOf(name);
    const { catalogue } = this.#context.registry;
    const isBuiltIn = catalogue
      .groupVersions()
      .some((one) => one.group === group && one.version === version && one.resources.some((info) => !info.custom));
    if (isBuiltIn) return builtInService(group, version);
    return this.#isDefined(group, version) ? customService(group, version) : undefined;
  }

  #isDefined(group: string, version: string): boolean {
    for (const entry of this.#context.registry.entries(customResourceDefinitions)) {
      const { spec } = this.#context.definitions.of(entry);
      if (spec.group === group && spec.versions.some((one) => one.name === version && one.served)) return true;
    }
    return false;
  }
}

function* namesOf({ spec }: CustomResourceDefinition): Iterable<string> {
  for (const version of spec.versions) yield `/${apiServiceName({ group: spec.group, version: version.name })}`;
}

/** The keeper of APIServices. */
export function createApiServiceRegistration(context: ControllerContext): Part {
  const registration = new Registration(context);
  return createController({
    name: 'api-service-registration',
    context,
    interests: [
      own(apiServices),
      { ref: customResourceDefinitions, keys: (change) => registration.ofDefinition(change) },
    ],
    initial: () => registration.initial(),
    reconcile: registration.reconcile,
    workers: 64,
  });
}
