/** Logs over WebSocket: each piece of the log is one message, whole or as base64 text. API: `binary.k8s.io` and its sibling. */
import { badRequest } from '../../api/errors.ts';
import { channels } from '../../api/channels.ts';
import type { NodeStream } from '../../api/node-streams.ts';
import type { Call } from '../call.ts';
import type { Services } from '../services.ts';
import { closeSocket } from './exec-websocket.ts';
import { offeredProtocols } from './negotiate.ts';
import { statusFrom } from './terminal.ts';

/** What is spoken; a client that names nothing gets bytes. */
const protocols = ['binary.k8s.io', 'base64.binary.k8s.io', ''];

/** Which of them a client wants. Throws BadRequest when it offers none that is spoken. */
export function logProtocol(call: Call): string {
  const offered = offeredProtocols(call, 'websocket');
  if (offered.length === 0) return '';
  const protocol = offered.find((one) => protocols.includes(one));
  if (protocol === undefined) throw badRequest(`no supported protocol is among [${offered.join(' ')}]`);
  return protocol;
}

/** Sends the log as long as both sides stay; what the client says is not listened to. */
export async function sendLog(services: Services, call: Call, stream: NodeStream, protocol: string): Promise<void> {
  if (call.upgrade === undefined) return stream.close();
  const base64 = protocol.startsWith('base64');
  const socket = await services.upgrades.webSocket(call, call.upgrade, protocol);
  socket.on('error', () => socket.terminate());
  socket.once('close', () => stream.close());
  socket.resume();
  const say = (data: Buffer): void => {
    if (socket.readyState !== socket.OPEN) return;
    stream.pause();
    const sent = (): void => stream.resume();
    if (base64) socket.send(data.toString('base64'), { binary: false }, sent);
    else socket.send(data, { binary: true }, sent);
  };
  stream.onClose(() => closeSocket(socket));
  stream.onFrame((channel, data) => {
    if (channel !== channels.error) return say(data);
    const status = statusFrom(data);
    if (status.status !== 'Success') say(Buffer.from(`${status.message ?? 'the node could not read the log'}\n`));
  });
}
