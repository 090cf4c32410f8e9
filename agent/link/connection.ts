/** One MQTT connection to the broker, from dialling to its end. A new connection is a new object. */
import type { TLSSocket } from 'node:tls';
import type { MqttClient } from 'mqtt';
// The package's main entry takes 10 MB of memory more than its bundled build: measured on Node 24, connected.
import mqtt from 'mqtt/dist/mqtt.esm';
import { connectHub, type HubAddress } from './hub-request.ts';

/** How a connection is made. */
export interface ConnectionOptions {
  /** Where the broker is, and how it is known. */
  readonly broker: HubAddress;
  /** The identity: the name in the certificate. */
  readonly clientId: string;
  /** Seconds. */
  readonly keepalive: number;
  readonly will: { readonly topic: string; readonly payload: Buffer };
  readonly subscriptions: readonly string[];
  readonly events: ConnectionEvents;
}

/** What a connection tells. */
export interface ConnectionEvents {
  /** The broker took the subscriptions. */
  open(): void;
  /** The next message waits until the answer resolves: this is the back-pressure towards the broker. Must not reject. */
  message(topic: string, payload: Buffer): Promise<void>;
  /** Called once; `cause` says why. */
  close(cause: string): void;
  roundTrip(milliseconds: number): void;
}

/** An MQTT connection. */
export interface Connection {
  /** Bytes that wait for the socket. */
  readonly backlog: number;
  /** The address of this machine it is made from; undefined until it is. */
  readonly localAddress: string | undefined;
  publish(topic: string, payload: Buffer, qos: 0 | 1): void;
  /** Gives it up: `close` is told with this cause. */
  drop(cause: string): void;
  /** Sends a last message, waits for its acknowledgement at most `milliseconds`, and closes; `close` is not told. */
  end(last: { topic: string; payload: Buffer }, milliseconds: number): Promise<void>;
}

/** Milliseconds in which the broker must answer CONNECT. */
const connectTimeout = 20_000;

type StreamBuilder = ConstructorParameters<typeof mqtt.MqttClient>[0];

/** Begins to connect. */
export function openConnection(options: ConnectionOptions): Connection {
  return new OneConnection(options);
}

/** INVARIANTS: nothing is sent before the broker's chain was checked; `close` is told once, and never after `end`. */
class OneConnection implements Connection {
  readonly #options: ConnectionOptions;
  readonly #abort = new AbortController();
  #client: MqttClient | undefined;
  #socket: TLSSocket | undefined;
  #closed = false;
  #cause = 'the broker closed the connection';

  constructor(options: ConnectionOptions) {
    this.#options = options;
    connectHub(options.broker, this.#abort.signal).then(
      (socket) => this.#speak(socket),
      (error: unknown) => this.#close(error instanceof Error ? error.message : String(error)),
    );
  }

  get backlog(): number {
    return this.#socket?.writableLength ?? 0;
  }

  get localAddress(): string | undefined {
    return this.#socket?.localAddress;
  }

  drop(cause: string): void {
    this.#cause = cause;
    this.#socket?.destroy();
  }

  publish(topic: string, payload: Buffer, qos: 0 | 1): void {
    if (this.#client?.connected === true) this.#client.publish(topic, payload, { qos });
  }

  end(last: { topic: string; payload: Buffer }, milliseconds: number): Promise<void> {
    this.#closed = true;
    this.#abort.abort();
    const client = this.#client;
    if (client === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        client.end(true, () => resolve());
      };
      const timer = setTimeout(finish, milliseconds);
      if (client.connected) client.publish(last.topic, last.payload, { qos: 1 }, finish);
      else finish();
    });
  }

  #close(cause: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.events.close(cause);
  }

  #speak(socket: TLSSocket): void {
    if (this.#closed) {
      socket.destroy();
      return;
    }
    const { clientId, keepalive, will, subscriptions, events } = this.#options;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', (error) => {
      this.#cause = error.message;
    });
    const client = new mqtt.MqttClient((() => socket) as unknown as StreamBuilder, {
      clientId,
      clean: true,
      keepalive,
      connectTimeout,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      timerVariant: 'native',
      // Without this the packet writer builds a table of 65,536 buffers.
      writeCache: false,
      will: { ...will, qos: 1, retain: false },
    });
    this.#client = client;
    client.on('error', (error) => {
      this.#cause = error.message;
    });
    client.on('connect', () => {
      client.subscribe([...subscriptions], { qos: 1 }, (error, granted) => {
        const refused = granted?.find((grant) => grant.qos > 2);
        if (!error && refused === undefined) return events.open();
        this.#cause = error?.message ?? `the broker refused the subscription to ${refused?.topic}`;
        client.end(true);
      });
    });
    client.handleMessage = (packet, done) => {
      const view = packet.payload as Uint8Array;
      const payload = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
      void events.message(packet.topic.toString(), payload).then(() => done());
    };
    client.on('close', () => {
      client.end(true);
      this.#close(this.#cause);
    });
    measureRoundTrip(client, events);
  }
}

function measureRoundTrip(client: MqttClient, events: ConnectionEvents): void {
  let sent = 0;
  client.on('packetsend', (packet) => {
    if (packet.cmd === 'pingreq' || packet.cmd === 'subscribe') sent = performance.now();
  });
  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'pingresp' || packet.cmd === 'suback') events.roundTrip(performance.now() - sent);
  });
}
