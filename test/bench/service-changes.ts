/** How long a change of a Service takes until real connections show it on every node, and what it costs an agent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Service } from '../../hub/api/service.ts';
import { ApiClient } from '../support/api-client.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import type { ClusterNode } from '../support/cluster/node.ts';
import type { Sight } from './service-witness.ts';

const services = '/api/v1/namespaces/default/services';
const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
const program = fileURLToPath(new URL('service-witness.ts', import.meta.url));

/** The word each of the two servers says, by index. */
const words = ['first', 'second'] as const;
type Which = 0 | 1;

function witness({ within }: ClusterNode): ChildProcess {
  const [enter = '', ...rest] = [...within, process.execPath, program];
  return spawn(enter, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function see(by: ChildProcess, sight: Sight): Promise<number> {
  by.send(sight);
  const [at] = (await once(by, 'message', { signal: AbortSignal.timeout(60_000) })) as [number];
  return at;
}

/** Two servers on this machine, and Services without selectors that lead to one or the other. */
export class ServiceChanges {
  readonly #client: ApiClient;
  readonly #witnesses: readonly ChildProcess[];
  readonly #servers: readonly Server[];
  readonly #address: string;

  private constructor(cluster: Cluster, servers: readonly Server[], address: string) {
    this.#client = new ApiClient(cluster.hub.dir);
    this.#witnesses = cluster.nodes.map(witness);
    this.#servers = servers;
    this.#address = address;
  }

  static async on(cluster: Cluster): Promise<ServiceChanges> {
    const address = cluster.hub.address.replace(/\d+$/, '254');
    const servers = words.map((word) => createServer((socket) => socket.on('error', () => {}).end(word)));
    for (const server of servers) await once(server.listen(0, address), 'listening');
    return new ServiceChanges(cluster, servers, address);
  }

  /** A Service with a slice of as many endpoints: all are the first server's, or nobody's. Answers its address. */
  async create(name: string, endpoints: number, leads = true): Promise<string> {
    const made = await this.#write('POST', services, {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
      spec: { ports: [{ name: 'main', port: 80 }] },
    });
    const addresses = Array.from({ length: endpoints }, (_, at) => (leads ? this.#address : `10.99.${at}.1`));
    await this.#write('POST', slices, {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: { name, labels: { 'kubernetes.io/service-name': name } },
      ports: [{ name: 'main', port: this.#port(0), protocol: 'TCP' }],
      endpoints: addresses.map((one) => ({ addresses: [one] })),
    });
    return (made as Service).spec.clusterIP ?? '';
  }

  /** Milliseconds from the answer to a write that leads a Service to the other server until every node shows it. */
  async leadTo(name: string, host: string, which: Which, port = 80): Promise<number> {
    const body = { ports: [{ name: 'main', port: this.#port(which), protocol: 'TCP' }] };
    await this.#write('PATCH', `${slices}/${name}`, body);
    return this.#seen({ host, port, word: words[which] });
  }

  /** The same for a Service's own port; it leads to the first server. */
  async movePort(name: string, host: string, port: number): Promise<number> {
    await this.#write('PATCH', `${services}/${name}`, { spec: { ports: [{ name: 'main', port }] } });
    return this.#seen({ host, port, word: words[0] });
  }

  /** Waits until every node leads to the first server. */
  async shown(host: string): Promise<void> {
    await this.#seen({ host, port: 80, word: words[0] });
  }

  close(): void {
    for (const one of this.#witnesses) one.disconnect();
    for (const server of this.#servers) server.close();
    this.#client.close();
  }

  async #seen(sight: Sight): Promise<number> {
    const began = Number(process.hrtime.bigint()) / 1e6;
    const times = await Promise.all(this.#witnesses.map((each) => see(each, sight)));
    return Math.max(...times) - began;
  }

  #port(which: Which): number {
    return (this.#servers[which]?.address() as { port: number } | undefined)?.port ?? 0;
  }

  async #write(method: string, path: string, body: object): Promise<unknown> {
    const answer = await this.#client.call(method, path, body);
    if (answer.status < 300 && answer.status !== 0) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}
