/** Connections from the hub to ports of Pods and nodes, through tunnels that are kept for a while after their last use. */
import type { NodeStreams } from '../../api/node-streams.ts';
import type { Clock } from '../../base/clock.ts';
import { Mux, type MuxConnection } from '../../base/mux.ts';
import { dialNode } from '../streaming/dial.ts';

/** A Pod, or with empty names the node itself. */
export interface PortOwner {
  readonly node: string;
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
}

/** A tunnel nobody used for this many milliseconds is closed. */
const idle = 15_000;

interface Tunnel {
  readonly mux: Promise<Mux>;
  users: number;
  cancel: () => void;
}

/** The tunnels. */
export class NodePorts {
  readonly #streams: NodeStreams;
  readonly #clock: Clock;
  readonly #tunnels = new Map<string, Tunnel>();
  readonly #stopping = new AbortController();

  constructor(options: { streams: NodeStreams; clock: Clock }) {
    this.#streams = options.streams;
    this.#clock = options.clock;
  }

  /** Resolves when somebody took the connection on `port`. Rejects with ApiError, or with why nobody did. */
  async connect(owner: PortOwner, port: number): Promise<MuxConnection> {
    const key = `${owner.node}/${owner.uid}`;
    const tunnel = this.#tunnel(key, owner);
    tunnel.users += 1;
    let mux: Mux;
    try {
      mux = await tunnel.mux;
    } catch (error) {
      this.#leave(key, tunnel);
      throw error;
    }
    const connection = mux.open(String(port));
    connection.once('close', () => this.#leave(key, tunnel));
    return connected(connection);
  }

  close(): void {
    this.#stopping.abort();
    for (const [key, tunnel] of this.#tunnels) this.#drop(key, tunnel);
  }

  #tunnel(key: string, owner: PortOwner): Tunnel {
    const known = this.#tunnels.get(key);
    if (known !== undefined) {
      known.cancel();
      return known;
    }
    const { node, namespace, pod, uid } = owner;
    const request = { kind: 'portforward' as const, namespace, pod, uid, container: '', options: {} };
    const mux = dialNode(this.#streams, node, request, this.#stopping.signal).then((stream) => {
      stream.onClose(() => this.#drop(key, tunnel));
      return new Mux({ carrier: stream });
    });
    const tunnel: Tunnel = { mux, users: 0, cancel: () => {} };
    this.#tunnels.set(key, tunnel);
    mux.catch(() => this.#drop(key, tunnel));
    return tunnel;
  }

  #leave(key: string, tunnel: Tunnel): void {
    tunnel.users -= 1;
    tunnel.cancel();
    if (tunnel.users <= 0) tunnel.cancel = this.#clock.after(idle, () => this.#drop(key, tunnel));
  }

  #drop(key: string, tunnel: Tunnel): void {
    tunnel.cancel();
    if (this.#tunnels.get(key) === tunnel) this.#tunnels.delete(key);
    tunnel.mux.then(
      (mux) => mux.close(),
      () => {},
    );
  }
}

function connected(connection: MuxConnection): Promise<MuxConnection> {
  return new Promise((resolve, reject) => {
    connection.once('connect', () => resolve(connection));
    connection.once('error', reject);
    connection.once('close', () => reject(new Error('the connection was closed')));
  });
}
