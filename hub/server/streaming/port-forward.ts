/** pods/portforward: connections kubectl takes on somebody's machine, to ports of a Pod. All of one kubectl share a tunnel. */
import type { Duplex } from 'node:stream';
import { badRequest } from '../../api/errors.ts';
import { Mux } from '../../base/mux.ts';
import type { Entry } from '../../registry/registry.ts';
import type { Call } from '../call.ts';
import type { Services } from '../services.ts';
import { dialNode } from './dial.ts';
import { boundPod, endQuietly } from './exec.ts';
import { type Agreed, agree, leaving, spdyFields } from './negotiate.ts';
import { forwardSpdy, type Forwarding } from './port-forward-spdy.ts';
import { forwardWebSocket, webSocketForwarding } from './port-forward-websocket.ts';

/** SPDY inside a WebSocket, as kubectl does since v1.30. */
const tunnelled = 'SPDY/3.1+portforward.k8s.io';
const plain = 'portforward.k8s.io';
const protocols = { webSocket: [tunnelled, ...webSocketForwarding], spdy: [plain], fallback: plain };
/** Ports one WebSocket of the older protocols may name. */
const mostPorts = 100;

/** Serves one port-forward; resolves when it is under way. */
export async function servePortForward(services: Services, call: Call): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const { entry, node } = boundPod(services, target.namespace, target.name);
  const agreed = agree(services, call, protocols);
  const ports = agreed.kind === 'websocket' && agreed.protocol !== tunnelled ? portsOf(call) : [];
  const { namespace, name: pod, uid } = entry;
  const request = { kind: 'portforward' as const, namespace, pod, uid, container: '', options: {} };
  const stream = await dialNode(services.streams, node, request, leaving(call));
  const mux = new Mux({ carrier: stream });
  const forwarding: Forwarding = { mux, pod: describe(entry) };
  try {
    const close = await begin(services, call, agreed, ports, forwarding);
    stream.onClose(close);
  } catch (error) {
    endQuietly(services, stream, error);
  }
}

/** Begins to forward; the answer ends it from our side. */
async function begin(
  services: Services,
  call: Call,
  agreed: Agreed,
  ports: readonly number[],
  forwarding: Forwarding,
): Promise<() => void> {
  const { upgrades } = services;
  const { protocol, upgrade } = agreed;
  if (agreed.kind === 'spdy') return forwardSpdy(upgrades.raw(call, upgrade, spdyFields(protocol)), forwarding);
  const socket = await upgrades.webSocket(call, upgrade, protocol);
  if (protocol !== tunnelled) return forwardWebSocket(socket, protocol, ports, forwarding);
  const { createWebSocketStream } = await import('ws');
  return forwardSpdy(createWebSocketStream(socket) as Duplex, forwarding);
}

function describe(entry: Entry): string {
  return `pod ${entry.name}, uid ${entry.uid}`;
}

function portsOf(call: Call): number[] {
  const texts = call.query.getAll('ports').flatMap((text) => text.split(','));
  if (texts.length === 0 || texts[0] === '') throw badRequest('query parameter "ports" is required');
  if (texts.length > mostPorts) throw badRequest(`at most ${mostPorts} ports may be forwarded at once`);
  return texts.map((text) => {
    const port = Number(text);
    if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw badRequest(`unable to parse "${text}" as a port`);
    return port;
  });
}
