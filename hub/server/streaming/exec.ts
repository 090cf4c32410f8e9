/** pods/exec and pods/attach: a command's, or a container's own, input and output between kubectl and the node. */
import { badRequest, notFound } from '../../api/errors.ts';
import type { StreamRequest } from '../../api/link.ts';
import type { NodeStream } from '../../api/node-streams.ts';
import type { Pod } from '../../api/pod.ts';
import { pods } from '../../api/resource.ts';
import type { Entry } from '../../registry/registry.ts';
import type { Call } from '../call.ts';
import { containerOf } from '../subresources/log-options.ts';
import { booleanParameter } from '../list/list-options.ts';
import type { Services } from '../services.ts';
import { dialNode } from './dial.ts';
import { spdyProtocols, spdyTerminal } from './exec-spdy.ts';
import { execProtocols, webSocketTerminal } from './exec-websocket.ts';
import { type Agreed, agree, leaving, spdyFields } from './negotiate.ts';
import { carry, type Terminal, type Wanted } from './terminal.ts';

const protocols = { webSocket: execProtocols, spdy: spdyProtocols, fallback: 'channel.k8s.io' };

/** Serves one exec or attach; resolves when it is under way. */
export async function serveExec(services: Services, call: Call, kind: 'exec' | 'attach'): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const { entry, node } = boundPod(services, target.namespace, target.name);
  const container = containerOf(entry.object<Pod>(), call.query.get('container') ?? '');
  const wanted = wantedOf(call);
  const options = optionsOf(call, kind, wanted);
  const agreed = agree(services, call, protocols);
  const { namespace, name: pod, uid } = entry;
  const request = { kind, namespace, pod, uid, container, options };
  const stream = await dialNode(services.streams, node, request, leaving(call));
  try {
    carry(await terminalOf(services, call, agreed, wanted), stream, services.clock);
  } catch (error) {
    endQuietly(services, stream, error);
  }
}

/** The connection is no HTTP any more: nobody is there to be told. */
export function endQuietly(services: Services, stream: NodeStream, error: unknown): void {
  stream.close();
  services.log.debug({ error: String(error) }, 'a client left before its stream began');
}

/** The Pod and the node it is on. Throws NotFound, and BadRequest when it has no node yet. */
export function boundPod(services: Services, namespace: string, name: string): { entry: Entry; node: string } {
  const entry = services.registry.get(pods, namespace, name);
  if (entry === undefined) throw notFound(pods, name);
  if (entry.node === undefined || entry.node === '') throw badRequest(`pod ${name} does not have a host assigned`);
  return { entry, node: entry.node };
}

function wantedOf(call: Call): Wanted {
  const flag = (name: string): boolean => booleanParameter(call, name) === true;
  const tty = flag('tty');
  // API: a terminal has one output
  const wanted = { stdin: flag('stdin'), stdout: flag('stdout'), stderr: flag('stderr') && !tty, tty };
  if (!wanted.stdin && !wanted.stdout && !wanted.stderr)
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  return wanted;
}

function optionsOf(call: Call, kind: 'exec' | 'attach', wanted: Wanted): StreamRequest['options'] {
  const options: StreamRequest['options'] = {};
  for (const name of ['stdin', 'stdout', 'stderr', 'tty'] as const) if (wanted[name]) options[name] = 'true';
  if (kind === 'attach') return options;
  const command = call.query.getAll('command');
  if (command.length === 0 || command[0] === '') throw badRequest('you must specify at least one command');
  return { ...options, command };
}

async function terminalOf(services: Services, call: Call, agreed: Agreed, wanted: Wanted): Promise<Terminal> {
  const { upgrades, clock } = services;
  const { protocol } = agreed;
  if (agreed.kind === 'websocket')
    return webSocketTerminal(await upgrades.webSocket(call, agreed.upgrade, protocol), protocol, wanted);
  const socket = upgrades.raw(call, agreed.upgrade, spdyFields(protocol));
  return spdyTerminal({ socket, protocol, wanted, clock });
}
