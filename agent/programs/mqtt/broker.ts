/**
 * The broker for workloads. It is not the hub's own: nodes' topics are not in it, so that neither side can reach the other's.
 *
 * INVARIANTS: a client is in `#users` only after its password was right; every packet is asked for there; a client whose user
 * changed or went is cut off.
 */
import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { Aedes, type Client } from 'aedes';
import packets from 'mqtt-packet';
import { AddressFailures } from '../../../hub/base/address-failures.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import { limitPackets } from '../../../hub/base/mqtt-packet-limit.ts';
import { mayPublish, maySubscribe } from './topics.ts';
import { isPassword, type MqttUser } from './users.ts';

/** How the broker is made. */
export interface WorkloadBrokerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** PEM; undefined: without TLS. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** The user of that name; undefined when there is none. */
  readonly user: (name: string) => MqttUser | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Bytes of a packet, connections, and retained topics at most. */
const limits = { packet: 256 * 1024, connections: 2000, retained: 5000 };

/** Seconds of keep-alive at most; milliseconds for a handshake, and for a client that does not read. */
const keepaliveLimit = 300;
const handshakeTimeout = 20_000;
const drainTimeout = 60_000;

/** Wrong passwords of one address, and how many come back a second: the next ones wait. */
const failures = { burst: 20, refill: 1 };

/** The broker. */
export class WorkloadBroker {
  readonly #options: WorkloadBrokerOptions;
  readonly #users = new WeakMap<Client, string>();
  readonly #clients = new Set<Client>();
  readonly #wills = new WeakMap<Client, string>();
  readonly #retained = new Set<string>();
  readonly #limit: AddressFailures;
  #aedes: Aedes | undefined;
  #server: Server | undefined;

  constructor(options: WorkloadBrokerOptions) {
    this.#options = options;
    this.#limit = new AddressFailures({ ...failures, clock: options.clock });
  }

  get port(): number {
    const address = this.#server?.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  async start(): Promise<void> {
    // the packet writer would otherwise build a table of 65,536 buffers (10 MB) at its first packet
    (packets.writeToStream as unknown as { cacheNumbers: boolean }).cacheNumbers = false;
    const aedes = await this.#createAedes();
    this.#aedes = aedes;
    const take = (socket: Socket): void => {
      socket.on('error', () => {});
      if (this.#limit.allows(addressOf(socket))) limitPackets(aedes.handle(socket), limits.packet);
      else socket.destroy();
    };
    const { port, tls } = this.#options;
    const server = tls === undefined ? createPlainServer(take) : createServer({ ...tls, minVersion: 'TLSv1.2' }, take);
    server.maxConnections = limits.connections;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, resolve);
    });
  }

  /** Cuts off the connections of these users. */
  cut(names: readonly string[]): void {
    for (const client of this.#clients) if (names.includes(this.#users.get(client) ?? '')) client.close();
  }

  async stop(): Promise<void> {
    const { promise: closed, resolve: serverClosed } = Promise.withResolvers<void>();
    if (this.#server === undefined) serverClosed();
    else this.#server.close(() => serverClosed());
    await new Promise<void>((resolve) => {
      if (this.#aedes === undefined) resolve();
      else this.#aedes.close(() => resolve());
    });
    await closed;
  }

  #user(client: Client | null): MqttUser | undefined {
    const name = client === null ? undefined : this.#users.get(client);
    return name === undefined ? undefined : this.#options.user(name);
  }

  #createAedes(): Promise<Aedes> {
    return Aedes.createBroker({
      connectTimeout: handshakeTimeout,
      drainTimeout,
      keepaliveLimit,
      maxTopicLevels: 16,
      preConnect: (client, packet, done) => {
        // a queue for whoever is away would have no bound
        if (packet.clean !== true) return done(new Error('only clean sessions are kept'), false);
        if (packet.will !== undefined) this.#wills.set(client, packet.will.topic);
        done(null, true);
      },
      authenticate: (client, name, password, done) => {
        const user = name === undefined ? undefined : this.#options.user(name);
        const will = this.#wills.get(client);
        const isRight = user !== undefined && password !== undefined && isPassword(user, Buffer.from(password));
        if (user === undefined || !isRight || (will !== undefined && !mayPublish(user, will))) {
          this.#limit.failed(addressOf(client.conn as Socket));
          this.#options.log.warn({ user: name }, 'refused a connection');
          return done(null, false);
        }
        this.#users.set(client, user.name);
        this.#clients.add(client);
        done(null, true);
      },
      authorizePublish: (client, packet, done) => {
        const user = this.#user(client);
        const isFull = packet.retain && !this.#retained.has(packet.topic) && this.#retained.size >= limits.retained;
        // MQTT 3.1.1 §3.3.5: no negative acknowledgement exists, so the connection ends
        if (user === undefined || !mayPublish(user, packet.topic)) return done(new Error('may not publish there'));
        if (isFull || packet.qos > 1) return done(new Error('too many retained messages, or QoS 2'));
        if (packet.retain && packet.payload.length === 0) this.#retained.delete(packet.topic);
        else if (packet.retain) this.#retained.add(packet.topic);
        done(null);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const user = this.#user(client);
        // [MQTT-3.9.3-2]: null is answered as 0x80, failure
        done(null, user !== undefined && maySubscribe(user, subscription.topic) ? subscription : null);
      },
    }).then((aedes) => {
      aedes.on('clientDisconnect', (client) => this.#clients.delete(client));
      aedes.on('clientError', (client, error) => {
        this.#clients.delete(client);
        this.#options.log.debug({ user: this.#users.get(client), error: error.message }, 'a connection failed');
      });
      return aedes;
    });
  }
}

function addressOf(socket: Socket): string {
  return socket.remoteAddress ?? '';
}
