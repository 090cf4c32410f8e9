/** The broker inside the hub: aedes behind mutual TLS, where a connection is its certificate. */
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { Aedes, type Client, type PublishPacket } from 'aedes';
import packets from 'mqtt-packet';
import { clusterFilter, parseNodeTopic, type Uplink } from '../../api/topics.ts';
import { peerCertificate } from '../../auth/peer.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { AddressFailures } from '../../base/address-failures.ts';
import type { Broker, BrokerTls, UplinkListener } from './broker.ts';
import { identify, refuseConnect, refusePublish, refuseSubscribe } from './gate.ts';
import { limitPackets } from '../../base/mqtt-packet-limit.ts';

/** How the embedded broker is made. */
export interface EmbeddedBrokerOptions {
  readonly tls: BrokerTls;
  /** All addresses unless said. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  /** False refuses a node whose certificate is good (it was removed). */
  readonly admit?: (node: string, keyHash: string | undefined) => boolean;
  /** The largest packet in bytes; 1 MiB unless said. */
  readonly packetLimit?: number;
  /** The most connections; 20,000 unless said. */
  readonly connectionLimit?: number;
}

/** The embedded broker knows its port once started. */
export interface EmbeddedBroker extends Broker {
  readonly port: number;
  /** How many nodes are connected. */
  readonly connections: number;
  /** Takes renewed TLS material for new connections. */
  reload(tls: BrokerTls): void;
}

const mebibyte = 1024 * 1024;

/** The longest keep-alive a client may ask for, in seconds: after one and a half of it a silent node is gone. */
const keepaliveLimit = 300;

/** A node that does not drain its socket for this many milliseconds is cut. */
const drainTimeout = 120_000;

/** An unfinished TLS or MQTT handshake is cut after this many milliseconds. */
const handshakeTimeout = 20_000;

/**
 * An address that fails that often (no certificate, a wrong or a removed one) is not even shaken hands with until the
 * bucket has refilled: a handshake costs a millisecond. Many good nodes may be behind the same address.
 */
const failures = { burst: 200, refill: 50 };

/** aedes tells itself that it lives; nothing of ours is kept by the broker, so once an hour is enough. */
const heartbeatInterval = 3_600_000;

/** Makes an embedded broker. */
export function createEmbeddedBroker(options: EmbeddedBrokerOptions): EmbeddedBroker {
  return new Embedded(options);
}

/**
 * INVARIANTS: a client gets into `#identities` only with a verified certificate, and is asked for there on every packet;
 * `#nodes` holds the newest connection of each node ([MQTT-3.1.4-2]: the older one is closed).
 */
class Embedded implements EmbeddedBroker {
  readonly name = 'mqtt-broker';
  readonly external = false;
  readonly #options: EmbeddedBrokerOptions;
  readonly #log: Log;
  readonly #packetLimit: number;
  readonly #identities = new WeakMap<Client, string>();
  readonly #nodes = new Map<string, Client>();
  readonly #uplink: UplinkListener[] = [];
  readonly #ready: (() => void)[] = [];
  readonly #limit: AddressFailures;
  #tcp: TcpServer | undefined;
  #server: Server | undefined;
  #aedes: Aedes | undefined;

  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#packetLimit = options.packetLimit ?? mebibyte;
    this.#limit = new AddressFailures({ ...failures, clock: options.clock });
  }

  get port(): number {
    const address = this.#tcp?.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  get connections(): number {
    return this.#nodes.size;
  }

  onUplink(listener: UplinkListener): void {
    this.#uplink.push(listener);
  }

  onReady(listener: () => void): void {
    this.#ready.push(listener);
  }

  /** It is lost only with the hub. */
  onLost(): void {}

  get trouble(): undefined {
    return undefined;
  }

  reload(tls: BrokerTls): void {
    this.#server?.setSecureContext({ ...tls, minVersion: 'TLSv1.2' });
  }

  disconnect(node: string): void {
    socketOf(this.#nodes.get(node))?.destroy();
  }

  async start(): Promise<void> {
    // The packet writer would otherwise build a table of 65,536 buffers (10 MB) at its first packet.
    (packets.writeToStream as unknown as { cacheNumbers: boolean }).cacheNumbers = false;
    const aedes = await this.#createAedes();
    this.#aedes = aedes;
    const server = createServer(
      { ...this.#options.tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2', handshakeTimeout },
      (socket) => limitPackets((aedes.handle as (socket: TLSSocket) => Client)(socket), this.#packetLimit),
    );
    this.#server = server;
    server.on('tlsClientError', (error, socket) => {
      const address = addressOf(socket);
      this.#limit.failed(address);
      this.#log.debug({ address, error: error.message }, 'an MQTT client failed the TLS handshake');
    });
    const tcp = createTcpServer({ noDelay: true }, (socket) => this.#shake(server, socket));
    this.#tcp = tcp;
    tcp.maxConnections = this.#options.connectionLimit ?? 20_000;
    await new Promise<void>((resolve, reject) => {
      tcp.once('error', reject);
      tcp.listen({ port: this.#options.port, host: this.#options.host ?? '::', backlog: 4096 }, () => {
        tcp.off('error', reject);
        resolve();
      });
    });
    for (const listener of this.#ready) listener();
  }

  async stop(): Promise<void> {
    // Wills of connections that this stop ends say nothing about the nodes.
    this.#uplink.length = 0;
    const closed = new Promise<void>((resolve) => {
      if (this.#tcp === undefined) resolve();
      else this.#tcp.close(() => resolve());
    });
    for (const client of this.#nodes.values()) socketOf(client)?.destroy();
    await new Promise<void>((resolve) => {
      if (this.#aedes === undefined) resolve();
      else this.#aedes.close(() => resolve());
    });
    await closed;
    this.#nodes.clear();
  }

  async publish(topic: string, payload: Buffer): Promise<boolean> {
    const node = parseNodeTopic(topic)?.node;
    if (node === undefined) return this.#broadcast(topic, payload);
    const client = this.#nodes.get(node);
    return client !== undefined && subscribed(client, topic) && send(client, topic, payload);
  }

  /** Does not wait for the slowest: a node that misses a message meets a gap and asks. */
  #broadcast(topic: string, payload: Buffer): boolean {
    let sent = false;
    for (const client of this.#nodes.values()) {
      if (!subscribed(client, topic) && !subscribed(client, clusterFilter)) continue;
      if ((socketOf(client)?.writableLength ?? 0) > this.#packetLimit) continue;
      void send(client, topic, payload);
      sent = true;
    }
    return sent;
  }

  #shake(server: Server, socket: Socket): void {
    const address = addressOf(socket);
    // what fails before TLS has a socket of its own to fail on
    socket.on('error', () => {});
    if (this.#limit.allows(address)) server.emit('connection', socket);
    else socket.destroy();
  }

  #createAedes(): Promise<Aedes> {
    return Aedes.createBroker({
      concurrency: 0,
      heartbeatInterval,
      connectTimeout: handshakeTimeout,
      drainTimeout,
      keepaliveLimit,
      maxTopicLevels: 10,
      preConnect: (client, packet, done) => {
        const identity = identify(peerCertificate(client.conn as TLSSocket));
        const removed = identity !== undefined && this.#options.admit?.(identity.node, identity.keyHash) === false;
        const why = refuseConnect(identity, packet) ?? (removed ? 'the node was removed' : undefined);
        if (identity === undefined || why !== undefined) {
          this.#limit.failed(addressOf(client.conn as TLSSocket));
          this.#log.warn({ node: identity?.node, clientId: packet.clientId }, `refused an MQTT connection: ${why}`);
          return done(new Error(why), false);
        }
        this.#identities.set(client, identity.node);
        done(null, true);
      },
      authorizePublish: (client, packet, done) => {
        const node = client === null ? '' : (this.#identities.get(client) ?? '');
        const why = refusePublish(node, packet);
        if (why !== undefined) this.#log.warn({ node, topic: packet.topic }, why);
        // MQTT 3.1.1 §3.3.5: no negative acknowledgement exists, so the connection ends.
        done(why === undefined ? null : new Error(why));
      },
      authorizeSubscribe: (client, subscription, done) => {
        const node = this.#identities.get(client) ?? '';
        const why = refuseSubscribe(node, subscription.topic);
        if (why !== undefined) this.#log.warn({ node, topic: subscription.topic }, why);
        // [MQTT-3.9.3-2]: null is answered as 0x80, failure.
        done(null, why === undefined ? subscription : null);
      },
      published: (packet, client, done) => {
        const node = client === null ? undefined : this.#identities.get(client);
        if (node !== undefined) this.#deliver(node, packet);
        done(null);
      },
    }).then((aedes) => {
      aedes.on('client', (client) => this.#nodes.set(this.#identities.get(client) ?? '', client));
      aedes.on('clientDisconnect', (client) => {
        const node = this.#identities.get(client) ?? '';
        if (this.#nodes.get(node) === client) this.#nodes.delete(node);
      });
      aedes.on('clientError', (client, error) =>
        this.#log.debug({ node: this.#identities.get(client), error: error.message }, 'an MQTT connection failed'),
      );
      aedes.on('connectionError', (_, error) => this.#log.debug({ error: error.message }, 'an MQTT handshake failed'));
      return aedes;
    });
  }

  #deliver(node: string, packet: PublishPacket): void {
    const topic = parseNodeTopic(packet.topic)?.topic as Uplink;
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
    for (const listener of this.#uplink) listener(node, topic, payload);
  }
}

function addressOf(socket: Socket): string {
  return socket.remoteAddress ?? '';
}

function socketOf(client: Client | undefined): TLSSocket | undefined {
  return client?.conn as TLSSocket | undefined;
}

function subscribed(client: Client, filter: string): boolean {
  return (client as unknown as { subscriptions: Record<string, unknown> }).subscriptions[filter] !== undefined;
}

/** Past the broker's matching, straight to the one connection that is meant. */
function send(client: Client, topic: string, payload: Buffer): Promise<boolean> {
  if (client.closed) return Promise.resolve(false);
  return new Promise((resolve) => {
    client.publish({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false }, (error) =>
      resolve(error === undefined || error === null),
    );
  });
}
