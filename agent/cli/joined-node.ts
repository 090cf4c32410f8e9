/** What a data directory says about the hub this machine has joined. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { Failure } from './failure.ts';

/** The node this machine is, and the hub it joined. */
export interface JoinedNode {
  readonly node: string;
  readonly host: string;
  readonly joinPort: number;
}

/** Undefined when this machine has not joined. Throws Failure for a damaged file. */
export function joinedNode(dir: DataDir): JoinedNode | undefined {
  const file = join(dir.agent.pki, 'node.json');
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JoinedNode;
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`, {
      next: 'run as the user that joined; if the file is damaged, remove it and join again',
      cause: error,
    });
  }
}

/** The same, for a machine without a hub of its own. */
export function nodeOnly(dir: DataDir): JoinedNode | undefined {
  return existsSync(dir.hub.dir) ? undefined : joinedNode(dir);
}
