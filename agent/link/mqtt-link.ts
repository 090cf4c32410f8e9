/** The uplink over MQTT: connects, keeps up with the hub's epochs and sequences, and empties the outbox. */
import { networkInterfaces } from 'node:os';
import type { EventReport, NodeReport, PodReport, StreamRequest, UsageMessage } from '../../hub/api/link.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { hubCheck, objectsCheck, requestCheck, servicesCheck } from '../../hub/api/link-guards.ts';
import type { HubMessage, ObjectsMessage, ServicesMessage, SessionMessage } from '../../hub/api/link.ts';
import { decode, encode } from '../../hub/api/payload.ts';
import { clusterFilter, hubTopic, nodeTopic, servicesTopic } from '../../hub/api/topics.ts';
import { nodeUserName } from '../../hub/api/user.ts';
import { backoffDelay } from '../../hub/base/backoff.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { HeldObjects } from '../state/held.ts';
import { brokerAddress } from './broker-address.ts';
import { type Connection, openConnection } from './connection.ts';
import type { HubAddress } from './hub-request.ts';
import type { FramedStream, Link, LinkHandlers } from './link.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import { dialTunnel } from './tunnel.ts';

/** What a link is made of. */
export interface LinkOptions {
  /** `mqtts://host:port`, tried in turn; asked at each connection. */
  readonly urls: () => readonly string[];
  /** The hub's port 25000, how it is known, and the node's certificate; asked at each connection. */
  readonly hub: () => HubAddress;
  readonly node: string;
  /** The kernel's boot id. */
  readonly boot: string;
  readonly version: string;
  readonly held: Pick<HeldObjects, 'versions'>;
  readonly handlers: LinkHandlers;
  readonly clock: Clock;
  readonly log: Log;
  /** A new random name. */
  readonly newId: () => string;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** False: this node has no use for Services. */
  readonly services?: boolean;
  /** Seconds; 60 unless said. */
  readonly keepalive?: number;
}

/** Delays between connections, in milliseconds: mostly chance, so that a fleet does not return all at once. */
const reconnect = { first: 1000, limit: 30_000, jitter: 0.8 };

/** Above this many bytes in the socket, figures of usage are left out. */
const backlogLimit = 64 * 1024;

/** New sessions within one connection are at least this many milliseconds apart; behind a new hub as much again by chance. */
const sessionInterval = 1000;

/** Makes the link; `start` begins to connect and does not wait for it. */
export function createLink(options: LinkOptions): Link {
  return new MqttLink(options);
}

/**
 * INVARIANTS: one connection at a time; each connection begins an epoch, and so does everything after which hub and
 * node cannot know what the other has; all state of an epoch is in receiver and sender, which are told of each new one.
 */
class MqttLink implements Link {
  readonly #options: LinkOptions;
  readonly #receiver: Receiver;
  readonly #sender: Sender;
  #connection: Connection | undefined;
  #connectionId = '';
  #sessions = 0;
  #sessionStarted = 0;
  #connected = false;
  #stopped = false;
  #attempts = 0;
  #failures = 0;
  #connects = 0;
  #roundTrip = 0;
  #hub: string | undefined;
  #cancelConnect: (() => void) | undefined;
  #cancelSession: (() => void) | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { clock, random } = options;
    this.#sender = new Sender({
      clock,
      random,
      send: (report) => this.#publish('report', encode(report), 1),
    });
    this.#receiver = new Receiver({
      ...options,
      outbox: this.#sender,
      sync: (message) => this.#publish('sync', encode(message), 1),
      lost: (delay) => this.#newSession(delay),
      synced: () => {
        this.#failures = 0;
        options.handlers.synced?.();
      },
    });
  }

  get connected(): boolean {
    return this.#connected;
  }

  start(): Promise<void> {
    this.#connect();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelConnect?.();
    this.#cancelSession?.();
    this.#sender.stop();
    this.#receiver.stop();
    const connection = this.#connection;
    this.#connection = undefined;
    this.#connected = false;
    await connection?.end({ topic: nodeTopic(this.#options.node, 'session'), payload: this.#session(false) }, 1000);
  }

  reportPod(report: PodReport): void {
    this.#sender.pod(report);
  }

  reportNode(report: NodeReport): void {
    this.#sender.node(report);
  }

  reportEvent(event: EventReport): void {
    this.#sender.event(event);
  }

  reportReleased(name: string): void {
    this.#sender.released(name);
  }

  reportStatics(pods: readonly Pod[]): void {
    this.#sender.statics(pods);
  }

  delivered(limit: number): Promise<void> {
    return this.#sender.delivered(limit);
  }

  usage(message: UsageMessage): void {
    if (this.#connected && (this.#connection?.backlog ?? 0) <= backlogLimit) {
      this.#publish('usage', encode(message), 0);
    }
  }

  moved(): void {
    const local = this.#connection?.localAddress;
    // a socket of both families writes IPv4 so
    const address = local?.replace(/^::ffff:(?=\d+\.)/, '');
    const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    if (address === undefined || own.some((entry) => entry.address === address)) return;
    this.#connection?.drop(`the address ${address} is not this machine's any more`);
  }

  quality(): { roundTrip: number; reconnects: number } {
    return { roundTrip: this.#roundTrip, reconnects: Math.max(0, this.#connects - 1) };
  }

  dial(request: StreamRequest, signal: AbortSignal): Promise<FramedStream> {
    return dialTunnel(this.#options.hub(), request.id, signal);
  }

  #publish(topic: 'sync' | 'report' | 'usage', payload: Buffer, qos: 0 | 1): void {
    this.#connection?.publish(nodeTopic(this.#options.node, topic), payload, qos);
  }

  get #epoch(): string {
    return `${this.#connectionId}.${this.#sessions}`;
  }

  #session(online: boolean): Buffer {
    const { boot, version } = this.#options;
    const message: SessionMessage = { online, epoch: this.#epoch, boot, version };
    return encode(message);
  }

  #connect(): void {
    const { node, hub, urls, keepalive = 60, newId } = this.#options;
    const all = urls();
    const url = all[this.#attempts++ % all.length] ?? '';
    this.#connectionId = newId();
    this.#sessions = 1;
    this.#connection = openConnection({
      broker: brokerAddress(url, hub()),
      clientId: nodeUserName(node),
      keepalive,
      will: { topic: nodeTopic(node, 'session'), payload: this.#session(false) },
      subscriptions: [nodeTopic(node, 'objects'), nodeTopic(node, 'request'), clusterFilter],
      events: {
        open: () => this.#opened(url),
        message: (topic, payload) => this.#take(topic, payload),
        close: (cause) => this.#closed(url, cause),
        roundTrip: (milliseconds) => {
          this.#roundTrip = milliseconds;
        },
      },
    });
  }

  #opened(url: string): void {
    this.#connects++;
    this.#connected = true;
    this.#hub = undefined;
    // The same address is tried first next time.
    this.#attempts--;
    this.#options.log.info({ url, connects: this.#connects }, 'connected to the hub');
    this.#beginSession();
    this.#options.handlers.connection(true);
  }

  #closed(url: string, cause: string): void {
    if (this.#stopped) return;
    this.#connection = undefined;
    this.#cancelSession?.();
    this.#sender.pause();
    this.#receiver.pause();
    const delay = backoffDelay(reconnect, ++this.#failures, this.#options.random());
    this.#options.log.info({ url, cause, delay }, 'not connected to the hub, will try again');
    this.#cancelConnect = this.#options.clock.after(delay, () => this.#connect());
    if (!this.#connected) return this.#options.handlers.unreachable?.(this.#failures);
    this.#connected = false;
    this.#attempts++;
    this.#options.handlers.connection(false);
  }

  /** Session first: what the hub hears of an epoch it does not know it drops. */
  #beginSession(): void {
    this.#sessionStarted = this.#options.clock.now();
    this.#connection?.publish(nodeTopic(this.#options.node, 'session'), this.#session(true), 1);
    this.#receiver.begin(this.#epoch);
    this.#sender.begin(this.#epoch);
  }

  /** Something was missed, or the hub began anew. */
  #newSession(delay: number): void {
    if (!this.#connected || this.#cancelSession !== undefined) return;
    this.#receiver.pause();
    const earliest = this.#sessionStarted + sessionInterval - this.#options.clock.now();
    this.#cancelSession = this.#options.clock.after(Math.max(0, earliest) + delay, () => {
      this.#cancelSession = undefined;
      this.#sessions++;
      this.#beginSession();
    });
  }

  async #take(topic: string, payload: Buffer): Promise<void> {
    try {
      await this.#dispatch(topic, payload);
    } catch (error) {
      this.#options.log.warn({ topic, error: String(error) }, 'dropped a message of the hub');
    }
  }

  #dispatch(topic: string, payload: Buffer): Promise<void> | void {
    const { node, handlers, random } = this.#options;
    switch (topic) {
      case nodeTopic(node, 'objects'):
        return this.#receiver.objects(decode<ObjectsMessage>(payload, objectsCheck));
      case servicesTopic:
        return this.#receiver.services(decode<ServicesMessage>(payload, servicesCheck));
      case nodeTopic(node, 'request'):
        return handlers.stream(decode<StreamRequest>(payload, requestCheck));
      case hubTopic: {
        const { hub } = decode<HubMessage>(payload, hubCheck);
        if (hub === this.#hub) return;
        this.#hub = hub;
        return this.#newSession(random() * sessionInterval);
      }
    }
  }
}
