/** Streams to a node: who wants bytes from a Pod (server) asks, who owns the tunnel (join) carries. */
import type { StreamRequest } from './link.ts';

/** One open stream. Frames of one channel arrive in order. */
export interface NodeStream {
  /** Called for every frame; channels as in StreamRequest. */
  onFrame(listener: (channel: number, data: Buffer) => void): void;
  /** Called once, when the far side ended or the connection broke. */
  onClose(listener: (error?: Error) => void): void;
  /** Sends a frame; false means the connection is slow: wait for onDrain. */
  send(channel: number, data: Buffer): boolean;
  onDrain(listener: () => void): void;
  /** Stops reading from the far side until resumed (back-pressure). */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Opens streams to nodes. Rejects with ApiError ServiceUnavailable when the node is not connected or does not dial in time. */
export interface NodeStreams {
  open(node: string, request: Omit<StreamRequest, 'id'>, signal: AbortSignal): Promise<NodeStream>;
}
