/** What to do with a numbered message of the hub: pure rules of epoch and sequence. */

/** Where a numbered stream stands: the next sequence that is expected of `name` (an epoch, or a stream of Services). */
export interface Position {
  readonly name: string;
  readonly next: number;
}

/** `apply` it, `drop` what is a repetition or of another time, or `resync` because something is missing. */
export type Verdict = 'apply' | 'drop' | 'resync';

/** Judges a message of `objects`: another epoch's is late, a higher sequence is a gap. */
export function judgeObjects(position: Position, message: { epoch: string; sequence: number }): Verdict {
  if (message.epoch !== position.name) return 'drop';
  return judgeSequence(position.next, message.sequence);
}

/** Judges a message of `cluster/services`: another stream means that the hub began anew. Before the first sync all are dropped. */
export function judgeServices(position: Position | undefined, message: { stream: string; sequence: number }): Verdict {
  if (position === undefined) return 'drop';
  if (message.stream !== position.name) return 'resync';
  return judgeSequence(position.next, message.sequence);
}

function judgeSequence(next: number, sequence: number): Verdict {
  if (sequence === next) return 'apply';
  return sequence < next ? 'drop' : 'resync';
}
