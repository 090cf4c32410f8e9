/** Who may connect to the embedded broker and what they may say: decisions only, from a certificate and a packet. */
import { mayPublish, maySubscribe, nodeTopic } from '../../api/topics.ts';
import { nodeOf, nodeUserName } from '../../api/user.ts';
import type { Credentials } from '../../auth/auth.ts';

/** The node a certificate speaks for, and the hash of the key it certifies. */
export interface NodeIdentity {
  readonly node: string;
  readonly keyHash: string | undefined;
}

/** Reads a client certificate (see auth/peer.ts); undefined when there is no good one or it names no node. */
export function identify(certificate: Credentials['certificate'] | 'refused'): NodeIdentity | undefined {
  if (certificate === undefined || certificate === 'refused') return undefined;
  const node = nodeOf({ name: certificate.commonName, groups: certificate.organizations });
  return node === undefined ? undefined : { node, keyHash: certificate.keyHash };
}

/** What a CONNECT packet asks. */
export interface Connect {
  readonly clientId: string;
  readonly clean?: boolean | undefined;
  readonly will?: { readonly topic: string; readonly retain?: boolean } | undefined;
}

/** Why this connection is refused, or undefined when it may stay. */
export function refuseConnect(identity: NodeIdentity | undefined, packet: Connect): string | undefined {
  if (identity === undefined) return 'the certificate names no node';
  if (packet.clientId !== nodeUserName(identity.node)) return 'the client id is not the name in the certificate';
  if (packet.clean !== true) return 'only clean sessions are kept';
  if (packet.will === undefined) return undefined;
  if (packet.will.topic !== nodeTopic(identity.node, 'session')) return 'the last will is on a foreign topic';
  return packet.will.retain === true ? 'the last will is retained' : undefined;
}

/** Why this message is refused, or undefined. */
export function refusePublish(
  node: string,
  packet: { topic: string; qos: number; retain: boolean },
): string | undefined {
  if (!mayPublish(node, packet.topic)) return 'refused a message on a foreign topic';
  if (packet.qos > 1) return 'refused a message of QoS 2';
  return packet.retain ? 'refused a retained message' : undefined;
}

/** Why this subscription is refused, or undefined. */
export function refuseSubscribe(node: string, filter: string): string | undefined {
  return maySubscribe(node, filter) ? undefined : 'refused a subscription';
}
