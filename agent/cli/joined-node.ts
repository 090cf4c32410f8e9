/** What a data directory says about the hub this machine has joined. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataDir } from '../../hub/base/data-dir.ts';

/** The node this machine is, and the hub it joined. */
export interface JoinedNode {
  readonly node: string;
  readonly host: string;
  readonly joinPort: number;
}

/** Undefined when this machine has not joined. */
export function joinedNode(dir: DataDir): JoinedNode | undefined {
  const file = join(dir.agent.pki, 'node.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as JoinedNode) : undefined;
}

/** The same, for a machine without a hub of its own. */
export function nodeOnly(dir: DataDir): JoinedNode | undefined {
  return existsSync(dir.hub.dir) ? undefined : joinedNode(dir);
}
