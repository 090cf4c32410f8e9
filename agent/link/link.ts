/** The uplink to the hub as the rest of the agent sees it. */
import type { Duplex } from 'node:stream';
import type { Pod } from '../../hub/api/pod.ts';
import type { EventReport, NodeReport, PodReport, StreamRequest, UsageMessage } from '../../hub/api/link.ts';
import type { HeldChange } from '../state/held.ts';

/** What the link calls. `objects` resolves when the change is safe on disk; only then is the sequence counted as received. */
export interface LinkHandlers {
  objects(change: HeldChange): Promise<void>;
  /** The hub wants a stream: answer by `dial`ing. Errors are told to the hub as a Status frame by the handler. */
  stream(request: StreamRequest): void;
  connection(connected: boolean): void;
  /** A try to connect has failed, the so-manieth in a row: perhaps the hub has another broker by now. */
  unreachable?(failures: number): void;
  /** After each connection: what is held is now what the hub wants this node to hold. */
  synced?(): void;
}

/** The uplink. Reports are kept (newest of a uid wins) and re-sent until the hub has committed them. */
export interface Link {
  readonly connected: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  reportPod(report: PodReport): void;
  /** Merged into what the hub was told before; only differences travel. */
  reportNode(report: NodeReport): void;
  reportEvent(event: EventReport): void;
  /**
   * The directory of the PersistentVolume `name` is gone. To be called for each held `persistentvolumes//<name>` whose
   * `releasingNode` (hub/api/local-path.ts) is this node, once its directory is removed or was not there: at once when it
   * comes to be held, and again for those still held after a restart. The hub then lets the object go.
   */
  reportReleased(name: string): void;
  /** All static Pods of this node, whole, each with its hash (see ReportMessage.statics); an empty list before there are any. */
  reportStatics(pods: readonly Pod[]): void;
  /** Resolves when the hub has committed what was reported so far, after `limit` milliseconds, or at once when there is no connection. */
  delivered(limit: number): Promise<void>;
  usage(message: UsageMessage): void;
  /** This machine's addresses have changed: a connection from one that is gone is given up at once, and another made. */
  moved(): void;
  /** Measured round trip to the broker in milliseconds and reconnects since start. */
  quality(): { roundTrip: number; reconnects: number };
  /** Dials the hub's tunnel for a stream request; the answer carries framed bytes (see StreamRequest). */
  dial(request: StreamRequest, signal: AbortSignal): Promise<FramedStream>;
}

/** A tunnel connection cut into frames. */
export interface FramedStream {
  readonly raw: Duplex;
  send(channel: number, data: Buffer): boolean;
  onFrame(listener: (channel: number, data: Buffer) => void): void;
  onClose(listener: () => void): void;
  onDrain(listener: () => void): void;
  close(): void;
}
