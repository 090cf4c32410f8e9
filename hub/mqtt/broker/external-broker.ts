/** The hub as a client of somebody else's MQTT 3.1.1 broker (Mosquitto, EMQX), with its own certificate. */
import { isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { MqttClient } from 'mqtt';
import { parseNodeTopic, type Uplink, uplinkFilters, uplinks } from '../../api/topics.ts';
import { backoffDelay } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Broker, BrokerTls, UplinkListener } from './broker.ts';
import { brokerPlace, hubUserName } from './broker-place.ts';

type StreamBuilder = ConstructorParameters<typeof MqttClient>[0];

/** How an external broker is reached. */
export interface ExternalBrokerOptions {
  /** `mqtts://host:port`; without a host it is on this machine. */
  readonly url: string;
  /** The hub's client certificate (CN `coracle-hub`), and whom the broker's must chain to. Read at each connection. */
  readonly tls: () => BrokerTls;
  readonly log: Log;
  readonly clock: Clock;
}

const backoff = { first: 500, limit: 15_000, jitter: 0.5 };

/**
 * Makes the adapter. `start` resolves when the first try to connect has succeeded or failed: the hub is of use without
 * its nodes, and goes on trying.
 */
export function createExternalBroker(options: ExternalBrokerOptions): Broker {
  return new External(options);
}

class External implements Broker {
  readonly name = 'mqtt-broker';
  readonly external = true;
  readonly #options: ExternalBrokerOptions;
  readonly #uplink: UplinkListener[] = [];
  readonly #ready: (() => void)[] = [];
  readonly #lost: (() => void)[] = [];
  readonly #unacknowledged = new Set<(sent: boolean) => void>();
  #client: MqttClient | undefined;
  #failures = 0;
  #cancelRetry: (() => void) | undefined;
  #stopped = false;
  #trouble: string | undefined = 'the MQTT broker was not asked yet';

  constructor(options: ExternalBrokerOptions) {
    this.#options = options;
  }

  onUplink(listener: UplinkListener): void {
    this.#uplink.push(listener);
  }

  onReady(listener: () => void): void {
    this.#ready.push(listener);
  }

  onLost(listener: () => void): void {
    this.#lost.push(listener);
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** An external broker's connections are not ours to end; what a removed node says is dropped by the link. */
  disconnect(): void {}

  start(): Promise<void> {
    return new Promise((resolve) => this.#open(resolve));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry?.();
    await this.#client?.endAsync(true);
  }

  publish(topic: string, payload: Buffer): Promise<boolean> {
    const client = this.#client;
    if (client?.connected !== true) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (sent: boolean): void => {
        this.#unacknowledged.delete(done);
        resolve(sent);
      };
      this.#unacknowledged.add(done);
      client.publish(topic, payload, { qos: 1 }, (error) => done(error === undefined || error === null));
    });
  }

  #open(tried: () => void): void {
    const place = brokerPlace(this.#options.url);
    const host = place.host === '' ? '127.0.0.1' : place.host;
    const dial = (): TLSSocket =>
      connectTls({
        ...this.#options.tls(),
        host,
        port: place.port,
        minVersion: 'TLSv1.2',
        ...(isIP(host) === 0 ? { servername: host } : {}),
      });
    const client = new MqttClient(dial as unknown as StreamBuilder, {
      clientId: hubUserName,
      clean: true,
      keepalive: 30,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      writeCache: false,
    });
    this.#client = client;
    let cause = 'the broker closed the connection';
    client.on('error', (error) => {
      cause = error.message;
    });
    client.on('connect', () => {
      client.subscribe(uplinkFilters, { qos: 1 }, (error, granted) => {
        const refused = granted?.find((grant) => grant.qos > 2);
        if (error !== null && error !== undefined) cause = error.message;
        else if (refused !== undefined)
          cause = `the broker refused the subscription to ${refused.topic}: check its ACL`;
        else return this.#established(tried);
        client.end(true);
      });
    });
    client.on('message', (topic, payload) => this.#deliver(topic, payload));
    client.once('close', () => {
      client.end(true);
      for (const done of this.#unacknowledged) done(false);
      if (this.#stopped) return;
      const wasUsed = this.#trouble === undefined;
      this.#trouble = `the MQTT broker at ${this.#options.url} cannot be used: ${cause}`;
      if (wasUsed) for (const listener of this.#lost) listener();
      this.#retry(cause);
      tried();
    });
  }

  #established(tried: () => void): void {
    this.#failures = 0;
    this.#trouble = undefined;
    this.#options.log.info({ url: this.#options.url }, 'connected to the MQTT broker');
    for (const listener of this.#ready) listener();
    tried();
  }

  #retry(cause: string): void {
    this.#failures++;
    const delay = backoffDelay(backoff, this.#failures);
    this.#options.log.warn(
      { url: this.#options.url, error: cause, delay },
      'the MQTT broker cannot be used, will try again',
    );
    this.#cancelRetry = this.#options.clock.after(delay, () => this.#open(() => {}));
  }

  #deliver(topic: string, payload: Buffer): void {
    const parsed = parseNodeTopic(topic);
    if (parsed === undefined || !(uplinks as readonly string[]).includes(parsed.topic)) return;
    for (const listener of this.#uplink) listener(parsed.node, parsed.topic as Uplink, payload);
  }
}
