/** A bare MQTT client with a certificate of choice, for tests of what a broker lets it do. */
import { connect } from 'node:tls';
import { MqttClient } from 'mqtt';
import type { TestContext } from 'node:test';
import type { Identity } from './certificates.ts';

/** What a connection became. */
export interface MqttPeer {
  readonly client: MqttClient;
  /** Everything that was delivered, `topic payload`. */
  readonly received: string[];
  /** The topics the broker granted. */
  subscribe(...filters: string[]): Promise<string[]>;
  /** Resolves when the broker acknowledged, or ended the connection (false). */
  publish(topic: string, payload: string, options?: { qos?: 0 | 1 | 2; retain?: boolean }): Promise<boolean>;
  readonly closed: boolean;
  end(): void;
}

type StreamBuilder = ConstructorParameters<typeof MqttClient>[0];

/** Connects; resolves with undefined when the broker or TLS refuses. Ended with the test. */
export async function connectPeer(
  test: Pick<TestContext, 'after'>,
  options: {
    port: number;
    identity?: Identity;
    clientId: string;
    clean?: boolean;
    will?: { topic: string; payload: string };
  },
): Promise<MqttPeer | undefined> {
  const { port, identity, clientId, will, clean = true } = options;
  const dial = () =>
    connect({ host: '127.0.0.1', port, ...(identity ?? {}), rejectUnauthorized: false, servername: 'localhost' });
  const client = new MqttClient(dial as unknown as StreamBuilder, {
    clientId,
    clean,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    writeCache: false,
    connectTimeout: 5000,
    ...(will === undefined
      ? {}
      : { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: false } }),
  });
  test.after(() => client.end(true));
  const received: string[] = [];
  let closed = false;
  client.on('error', () => {});
  client.on('message', (topic, payload) => received.push(`${topic} ${payload}`));
  client.on('close', () => {
    closed = true;
  });
  const connected = await new Promise<boolean>((resolve) => {
    client.once('connect', () => resolve(true));
    client.once('close', () => resolve(false));
  });
  if (!connected) return undefined;
  return {
    client,
    received,
    subscribe: (...filters) =>
      new Promise((resolve) => {
        client.subscribe(filters, { qos: 1 }, (_error, _granted, packet) => {
          const codes = (packet?.granted ?? []) as number[];
          resolve(filters.filter((_, index) => (codes[index] ?? 128) < 3));
        });
      }),
    publish: (topic, payload, { qos = 1, retain = false } = {}) =>
      new Promise((resolve) => {
        client.once('close', () => resolve(false));
        client.publish(topic, payload, { qos, retain }, (error) => resolve(!error));
      }),
    get closed() {
      return closed;
    },
    end: () => {
      client.end(true);
    },
  };
}
