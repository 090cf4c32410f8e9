/** The Pod network of this node, as the rest of the agent sees it. */
import { join } from 'node:path';
import type { Part } from '../../hub/base/lifecycle.ts';

/** Interface of the node every Pod is joined to. At most 15 characters, as the kernel has it. */
export const bridgeName = 'cor0';

/** The device of the overlay between nodes. */
export const vxlanName = 'cor-vxlan';

/** The network. Its `start` is called after the runtime's and before the first Pod. */
export interface PodNetwork extends Part {
  /** Why no Pod can have an address of its own now, as one sentence; undefined when it can. From memory. */
  trouble(): string | undefined;
  /** What `podMtu` says may be another thing now. */
  changed(): void;
}

/** Why the network, or a part of it, does not work: the words of the Node's condition NetworkUnavailable. */
export interface NetworkTrouble {
  /** One word in CamelCase. */
  readonly reason: string;
  /** One sentence: what is wrong, and what to do about it. */
  readonly message: string;
  /** The network works otherwise, so that Pods may come here: nodes that cannot be reached from here. */
  readonly partial?: boolean;
}

/** The network's configuration in the directory where container runtimes look for it. */
export const cniFileName = '10-coracle.conflist';

/** Where the addresses of Pods are written down, below the agent's directory. */
export const cniDataDir = (agentDir: string): string => join(agentDir, 'cni');
