/** The client's end of exec and attach, whatever it speaks, and carrying between it and the node. */
import type { Status } from '../../api/errors.ts';
import { channels, stdinWindow } from '../../api/channels.ts';
import type { NodeStream } from '../../api/node-streams.ts';
import type { Clock } from '../../base/clock.ts';

/** How often a client is probed that is not read from, in milliseconds. */
const probeEvery = 5_000;

/** Which streams a client of exec or attach wants. */
export interface Wanted {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The client's end. */
export interface Terminal {
  /** Frames from the client: stdin, resize, and `end` of stdin. Nothing is read before. */
  onInput(listener: (channel: number, data: Buffer) => void): void;
  /** Stdout or stderr; false means wait for onDrain. */
  output(channel: number, data: Buffer): boolean;
  onDrain(listener: () => void): void;
  /** Reads no more from the client until resumed. */
  pause(): void;
  resume(): void;
  /** Says something that needs no answer: a client that is gone is only noticed so while it is paused. */
  probe(): void;
  /** Says how it ended, and closes. */
  finish(status: EndStatus): void;
  /** Called once, when the client left or was let go. */
  onGone(listener: () => void): void;
}

/** A metav1.Status as the node sent it, or our own. */
export type EndStatus = Pick<Status, 'status'> & Partial<Omit<Status, 'status' | 'reason'>> & { reason?: string };

/** Carries until one side ends. INVARIANT: at most `stdinWindow` bytes are on the way that the node has not taken. */
export function carry(terminal: Terminal, node: NodeStream, clock: Clock): void {
  let cancelProbe = (): void => {};
  const probe = (): void => {
    terminal.probe();
    cancelProbe = clock.after(probeEvery, probe);
  };
  let under = 0;
  let isOver = false;
  const finish = (status: EndStatus): void => {
    if (isOver) return;
    isOver = true;
    cancelProbe();
    terminal.finish(status);
    node.close();
  };
  terminal.onGone(() => {
    isOver = true;
    cancelProbe();
    node.close();
  });
  terminal.onDrain(() => node.resume());
  node.onClose((error) => finish(failure(error?.message ?? 'the node ended the stream without saying why')));
  node.onFrame((channel, data) => {
    if (channel === channels.stdout || channel === channels.stderr) {
      if (!isOver && !terminal.output(channel, data)) node.pause();
    } else if (channel === channels.error) {
      finish(statusFrom(data));
    } else if (channel === channels.credit && data.length === 4) {
      under -= data.readUInt32BE(0);
      if (under >= stdinWindow) return;
      cancelProbe();
      terminal.resume();
    }
  });
  terminal.onInput((channel, data) => {
    if (isOver) return;
    node.send(channel, data);
    if (channel !== channels.stdin) return;
    under += data.length;
    if (under < stdinWindow) return;
    terminal.pause();
    cancelProbe();
    cancelProbe = clock.after(probeEvery, probe);
  });
}

/** An ending nobody meant. */
function failure(message: string): EndStatus {
  return { status: 'Failure', reason: 'InternalError', message: `Internal error occurred: ${message}`, code: 500 };
}

/** Reads a Status frame. */
export function statusFrom(data: Buffer): EndStatus {
  try {
    const status: unknown = JSON.parse(data.toString('utf8'));
    if (typeof status === 'object' && status !== null && 'status' in status) return status as EndStatus;
  } catch {
    // not a Status: its text is what there is
  }
  return failure(data.toString('utf8'));
}

/** A Status as text, for protocols that know no other. Empty for success. */
export function statusText(status: EndStatus): string {
  return status.status === 'Success' ? '' : (status.message ?? 'the command failed');
}
