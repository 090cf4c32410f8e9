/** The contract of this room's lower half: an MQTT 3.1.1 broker, embedded or somebody else's. */
import type { Part } from '../../base/lifecycle.ts';
import type { Uplink } from '../../api/topics.ts';

/** What is published by nodes. `node` is the sender's authenticated identity, not a claim of the payload. */
export type UplinkListener = (node: string, topic: Uplink, payload: Buffer) => void;

/**
 * A broker.
 *
 * INVARIANTS: only what the topic ACL allows arrives at listeners; messages of one node arrive in the order they were
 * sent; the broker may lose, delay and repeat messages, and forgets everything at a restart.
 */
export interface Broker extends Part {
  /** True when the broker is somebody else's: Secrets must not pass through it, and nodes stay connected when the hub restarts. */
  readonly external: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  /**
   * Sends to one topic, QoS 1. Resolves when the bytes left for the broker or the node's socket (wait for it before
   * sending that node more: this is the back-pressure); false when nobody could be sent to. Never rejects.
   */
  publish(topic: string, payload: Buffer): Promise<boolean>;
  /** Called synchronously for each message; must not throw. */
  onUplink(listener: UplinkListener): void;
  /** Called each time the broker (again) takes the hub's messages; nothing sent before is to be relied on. */
  onReady(listener: () => void): void;
  /** Called each time the broker cannot be used any more; nodes are not heard until it is ready again. */
  onLost(listener: () => void): void;
  /** What is wrong now, or undefined when the broker can be used. */
  readonly trouble: string | undefined;
  /** Ends the node's connection where that is possible (a removed node); its last will follows. */
  disconnect(node: string): void;
}

/** TLS material, PEM. `ca` is whom the other side's certificate must chain to. */
export interface BrokerTls {
  readonly ca: string | Buffer;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}
