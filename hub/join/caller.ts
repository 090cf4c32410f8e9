/** Who is on the other side of a connection to the join endpoint. */
import type { TLSSocket } from 'node:tls';
import { ApiError } from '../api/errors.ts';
import { nodeOf, type User } from '../api/user.ts';
import type { Authenticator } from '../auth/auth.ts';
import { peerCertificate } from '../auth/peer.ts';

/** A node that joined, with the hash of its key. */
export interface Caller {
  readonly user: User;
  readonly node: string;
  readonly keyHash: string;
}

/** API: Unauthorized without a node's certificate, Forbidden for anybody else's. */
export async function callerOf(authenticator: Authenticator, socket: TLSSocket): Promise<Caller> {
  const certificate = peerCertificate(socket);
  if (certificate === undefined || certificate === 'refused') {
    throw new ApiError('Unauthorized', 'this needs the certificate of a node that joined');
  }
  const user = await authenticator.authenticate({ certificate });
  const node = nodeOf(user);
  if (node === undefined) throw new ApiError('Forbidden', 'this is for nodes only');
  return { user, node, keyHash: certificate.keyHash ?? '' };
}
