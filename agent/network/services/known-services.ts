/** The Services of a node as it serves them now, with the packet rules that do. */
import type { Service } from '../../../hub/api/service.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { HeldObjects } from '../../state/held.ts';
import type { NodePlace } from './endpoint-choice.ts';
import { leftOut, type ProxyPort, proxyModel } from './proxy-model.ts';
import type { ServiceIndex } from './service-index.ts';
import { type ServiceRules, serviceRules } from './service-rules.ts';
import { type Flows, staleFlows } from './stale-flows.ts';

interface Known {
  readonly ports: readonly ProxyPort[];
  readonly rules: ServiceRules;
}

/** What it is made from. */
export interface KnownServicesOptions {
  /** Name of this node. */
  readonly node: string;
  readonly held: HeldObjects;
  readonly index: ServiceIndex;
  readonly log: Log;
}

/** Services are named by namespace/name. */
export class KnownServices {
  readonly #options: KnownServicesOptions;
  /** In the order of the names: of two that want one address always the same has it. */
  #known = new Map<string, Known>();
  readonly #toldLeftOut = new Set<string>();
  #place: NodePlace;

  constructor(options: KnownServicesOptions) {
    this.#options = options;
    this.#place = { name: options.node, zone: '' };
  }

  get size(): number {
    return this.#known.size;
  }

  ports(): ProxyPort[] {
    return [...this.#known.values()].flatMap((each) => each.ports);
  }

  rules(): ServiceRules[] {
    return [...this.#known.values()].map((each) => each.rules);
  }

  /** True when the Service leads somewhere. */
  leads(service: string): boolean {
    return this.#known.get(service)?.ports.some(({ endpoints }) => endpoints.cluster.length > 0) === true;
  }

  /** Takes up what has changed, all of it when the node is in another zone now; answers the flows that lead nowhere any more. */
  refresh(zone: string): Flows[] {
    const moved = zone !== this.#place.zone;
    this.#place = { ...this.#place, zone };
    const keys = new Set([...this.#options.index.takeDirty(), ...(moved ? this.#known.keys() : [])]);
    const flows: Flows[] = [];
    let isNew = false;
    for (const key of keys) {
      const [before, after] = [this.#known.get(key), this.#look(key)];
      flows.push(...staleFlows(before?.ports ?? [], after?.ports ?? []));
      if (after === undefined) this.#known.delete(key);
      else this.#known.set(key, after);
      isNew ||= before === undefined;
    }
    if (isNew) this.#known = new Map([...this.#known].sort(([one], [other]) => (one < other ? -1 : 1)));
    return flows;
  }

  #look(key: string): Known | undefined {
    const service = this.#options.held.get(`services/${key}`) as unknown as Service | undefined;
    if (service === undefined) return undefined;
    this.#tellLeftOut(key, service);
    const ports = proxyModel(service, this.#options.index.slicesOf(key), this.#place);
    return { ports, rules: serviceRules(ports) };
  }

  #tellLeftOut(key: string, { spec }: Service): void {
    if (spec.ports?.some(({ protocol }) => protocol === leftOut) !== true) this.#toldLeftOut.delete(key);
    else if (!this.#toldLeftOut.has(key)) {
      this.#toldLeftOut.add(key);
      this.#options.log.warn({ service: key }, `ports of protocol ${leftOut} are not served on this node`);
    }
  }
}
