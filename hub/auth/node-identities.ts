/** Which key each node joined with, kept as Secrets, so that a name has one holder and a removed node stays out. */
import { timingSafeEqual } from 'node:crypto';
import { ApiError, isAlreadyExists } from '../api/errors.ts';
import {
  identityData,
  identityNamespace,
  identitySecretName,
  identityType,
  readIdentity,
} from '../api/node-identity.ts';
import type { KubeObject } from '../api/object.ts';
import { nodes, secrets } from '../api/resource.ts';
import { joinUser } from '../api/user.ts';
import type { Change, Registry, WriteOptions } from '../registry/registry.ts';

/** Who the hub itself writes as here. */
const writing: WriteOptions = { user: joinUser, manager: 'coracle-join' };

interface Holder {
  readonly keyHash: string;
  readonly removed: boolean;
}

/** Knows and claims node identities; `accepts` is synchronous and asked for every request of a node. */
export interface NodeIdentities {
  /** False when this node was removed, or joined anew with another key. A node never seen is accepted: the CA vouches for it. */
  accepts(node: string, keyHash: string | undefined): boolean;
  /** True when this node was removed, whatever its key. */
  removed(node: string): boolean;
  /** Records that `node` holds the key; throws ApiError Conflict when another key has the name and the Node is still there. */
  claim(node: string, keyHash: string): Promise<void>;
  /** Told the name of a node whose present key is no longer accepted: connections of it are to be closed. */
  onRevoked(listener: (node: string) => void): () => void;
  stop(): void;
}

function same(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

/** Reads the identities there are and follows their changes. */
export function openNodeIdentities(
  registry: Pick<Registry, 'get' | 'entries' | 'subscribe' | 'create' | 'modify'>,
): NodeIdentities {
  const holders = new Map<string, Holder>();
  const listeners = new Set<(node: string) => void>();
  const prefix = identitySecretName('');

  const follow = (change: Pick<Change, 'type' | 'entry'>): void => {
    const { entry } = change;
    if (entry.namespace !== identityNamespace || !entry.name.startsWith(prefix)) return;
    const node = entry.name.slice(prefix.length);
    const before = holders.get(node);
    const identity = change.type === 'DELETED' ? undefined : readIdentity(entry.object());
    if (identity === undefined) holders.delete(node);
    else holders.set(node, identity);
    const isRevoked = identity !== undefined && (identity.removed || identity.keyHash !== before?.keyHash);
    if (before !== undefined && isRevoked) for (const listener of listeners) listener(node);
  };
  for (const entry of registry.entries(secrets, identityNamespace)) follow({ type: 'ADDED', entry });
  const unsubscribe = registry.subscribe(secrets, follow);

  const replace = async (node: string, keyHash: string): Promise<void> => {
    await registry.modify<KubeObject>(
      secrets,
      identityNamespace,
      identitySecretName(node),
      (secret) => {
        const held = readIdentity(secret);
        const isOther = held !== undefined && !held.removed && !same(held.keyHash, keyHash);
        if (isOther && registry.get(nodes, '', node) !== undefined) {
          throw new ApiError(
            'Conflict',
            `the node name "${node}" belongs to another device: choose another with --node-name, or first run \`coracle remove-node ${node}\``,
          );
        }
        secret['data'] = identityData({ keyHash, removed: false });
      },
      writing,
    );
  };

  return {
    accepts(node, keyHash) {
      const holder = holders.get(node);
      return holder === undefined || (!holder.removed && keyHash !== undefined && same(holder.keyHash, keyHash));
    },
    removed: (node) => holders.get(node)?.removed === true,
    async claim(node, keyHash) {
      const secret: KubeObject = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: identitySecretName(node), namespace: identityNamespace },
        type: identityType,
        data: identityData({ keyHash, removed: false }),
      };
      try {
        await registry.create(secrets, identityNamespace, secret, writing);
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        await replace(node, keyHash);
      }
    },
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: unsubscribe,
  };
}
