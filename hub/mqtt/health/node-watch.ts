/** Nodes that nothing but the API speaks for: when each was last seen to live, and which have been silent too long. */
import type { Node } from '../../api/node.ts';
import type { Clock } from '../../base/clock.ts';

/** How long a node may be silent, in milliseconds: once it has said something, and before. */
export interface Patience {
  readonly grace: number;
  readonly startup: number;
}

interface Seen {
  at: number;
  /** lastHeartbeatTime of the Ready condition. */
  beat: string | undefined;
  /** spec.renewTime of the Lease; RFC 3339 in UTC, so text compares as time does. */
  renewed: string;
  hasSpoken: boolean;
}

/**
 * API: a node lives while its Lease's renewTime or its Ready condition's lastHeartbeatTime moves. Only that they move
 * counts, by this clock: the node's own clock may be wrong.
 */
export class NodeWatch {
  readonly #clock: Clock;
  readonly #patience: Patience;
  readonly #nodes = new Map<string, Seen>();

  constructor(options: { clock: Clock; patience: Patience }) {
    this.#clock = options.clock;
    this.#patience = options.patience;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Looks at a Node as it is now. */
  see(node: string, status: Node['status']): void {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const beat = ready?.lastHeartbeatTime;
    const seen = this.#nodes.get(node);
    if (seen === undefined) {
      this.#nodes.set(node, { at: this.#clock.now(), beat, renewed: '', hasSpoken: ready !== undefined });
      return;
    }
    if (seen.beat !== beat || seen.hasSpoken !== (ready !== undefined)) seen.at = this.#clock.now();
    seen.beat = beat;
    seen.hasSpoken = ready !== undefined;
  }

  /** Looks at the Lease of a node that is watched. */
  renew(node: string, renewTime: string): void {
    const seen = this.#nodes.get(node);
    if (seen === undefined || renewTime <= seen.renewed) return;
    seen.renewed = renewTime;
    seen.at = this.#clock.now();
  }

  forget(node: string): void {
    this.#nodes.delete(node);
  }

  /** Every watched node starts anew, as if seen now. */
  restart(): void {
    for (const seen of this.#nodes.values()) seen.at = this.#clock.now();
  }

  /** Takes out those that are overdue; `next` is when the next one may be (Unix milliseconds), if there is one. */
  takeOverdue(): { nodes: string[]; next: number | undefined } {
    const now = this.#clock.now();
    const nodes: string[] = [];
    let next: number | undefined;
    for (const [node, { at, hasSpoken }] of this.#nodes) {
      const due = at + (hasSpoken ? this.#patience.grace : this.#patience.startup);
      if (due > now) next = Math.min(due, next ?? due);
      else nodes.push(node);
    }
    for (const node of nodes) this.#nodes.delete(node);
    return { nodes, next };
  }
}
