/** Follows what a load balancer goes by, and keeps no more of it than is needed. */
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Node } from '../../../hub/api/node.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Service } from '../../../hub/api/service.ts';
import { Mirror, type MirrorOptions } from '../client/mirror.ts';
import type { ProgramContext } from '../client/program.ts';
import type { View } from './view.ts';

/** All mirrors of one instance. */
export class Following {
  readonly #services: Mirror<Service>;
  readonly #slices: Mirror<EndpointSlice>;
  readonly #nodes: Mirror<Node>;
  readonly #pods: Mirror<Pod>;

  /** `changed` is called for every change once all is known, and when that is so. */
  constructor({ client, clock, log, random }: ProgramContext, changed: () => void) {
    const look = (): void => {
      if (this.isSynced) changed();
    };
    const follow = <T extends KubeObject>(
      options: Pick<MirrorOptions<T>, 'path' | 'labelSelector' | 'keep'>,
    ): Mirror<T> => new Mirror<T>({ client, clock, log, random, ...options, changed: look, synced: look });
    this.#services = follow<Service>({ path: '/api/v1/services' });
    this.#slices = follow<EndpointSlice>({ path: '/apis/discovery.k8s.io/v1/endpointslices' });
    this.#nodes = follow<Node>({
      path: '/api/v1/nodes',
      keep({ apiVersion, kind, metadata, status }) {
        const { addresses = [], conditions = [] } = status ?? {};
        return { apiVersion, kind, metadata, spec: {}, status: { addresses, conditions } };
      },
    });
    this.#pods = follow<Pod>({
      path: `/api/v1/namespaces/${client.namespace}/pods`,
      labelSelector: 'app=loadbalancer',
      keep({ apiVersion, kind, metadata, spec: { nodeName = '' }, status }) {
        const { conditions = [] } = status ?? {};
        return { apiVersion, kind, metadata, spec: { containers: [], nodeName }, status: { conditions } };
      },
    });
  }

  /** True once all is known. */
  get isSynced(): boolean {
    return this.#all().every((mirror) => mirror.isSynced);
  }

  get view(): View {
    return {
      services: [...this.#services.objects.values()],
      slices: [...this.#slices.objects.values()],
      nodes: [...this.#nodes.objects.values()],
      pods: [...this.#pods.objects.values()],
    };
  }

  node(name: string): Node | undefined {
    return this.#nodes.get(name);
  }

  /** The addresses of nodes, and which one has each. */
  nodeAddresses(): Map<string, string> {
    const found = new Map<string, string>();
    for (const { metadata, status } of this.#nodes.objects.values())
      for (const { address } of status?.addresses ?? []) found.set(address, `node ${metadata.name ?? ''}`);
    return found;
  }

  /**
   * The first by name of the Pods that are ready, when the one called `leader` is not: whoever has to do what a leader would
   * have done. Undefined while that is ready.
   */
  heirOf(leader: string): string | undefined {
    const ready = [...this.#pods.objects.values()].flatMap(({ metadata: { name = '' }, status }) =>
      status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true ? [name] : [],
    );
    return ready.includes(leader) ? undefined : ready.sort()[0];
  }

  start(): void {
    for (const mirror of this.#all()) mirror.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((mirror) => mirror.stop()));
  }

  #all(): readonly Pick<Mirror, 'isSynced' | 'start' | 'stop'>[] {
    return [this.#services, this.#slices, this.#nodes, this.#pods];
  }
}
