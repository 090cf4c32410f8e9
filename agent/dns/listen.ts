/** Listens for questions over UDP and TCP. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6, type Socket } from 'node:net';
import { framed } from './exchange.ts';
import type { Respond } from './responder.ts';

/** Options of `listen`. */
export interface ListenOptions {
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly respond: Respond;
}

/** Open ears. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** TCP, as RFC 7766 advises: how many connections, how long one may be silent (ms), questions of one under way. */
const connectionLimit = 128;
const idleTimeout = 10_000;
const pipelineLimit = 32;
/** A client that reads nothing is closed when so many bytes wait for it. */
const backlogLimit = 256 * 1024;

/** How often the system may choose a port for UDP that is taken for TCP. */
const mostChoices = 8;

/** Begins to listen; rejects with the system's error when the address or port cannot be had. */
export async function listen(options: ListenOptions): Promise<Listener> {
  for (let choice = 1; ; choice += 1) {
    try {
      return await listenBoth(options);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (options.port !== 0 || !isTaken || choice >= mostChoices) throw error;
    }
  }
}

/** The same port for both. */
async function listenBoth(options: ListenOptions): Promise<Listener> {
  const datagrams = await listenDatagrams(options);
  try {
    const connections = await listenConnections({ ...options, port: datagrams.port });
    return {
      port: datagrams.port,
      async close() {
        await Promise.all([datagrams.close(), connections.close()]);
      },
    };
  } catch (error) {
    await datagrams.close();
    throw error;
  }
}

async function listenDatagrams({ address, port, respond }: ListenOptions): Promise<Listener> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  let isOpen = true;
  const close = async (): Promise<void> => {
    isOpen = false;
    await new Promise<void>((resolve) => socket.close(resolve));
  };
  socket.on('message', (message, from) => {
    const send = (reply: Buffer | undefined): void => {
      // a client that is gone is not our trouble
      if (reply !== undefined && isOpen && from.port !== 0) socket.send(reply, from.port, from.address, () => {});
    };
    const reply = respond(message, 'udp');
    if (reply instanceof Promise) void reply.then(send);
    else send(reply);
  });
  socket.bind(port, address);
  try {
    await once(socket, 'listening');
  } catch (error) {
    await close();
    throw error;
  }
  // an error of one datagram ends nothing
  socket.on('error', () => {});
  return { port: socket.address().port, close };
}

async function listenConnections({ address, port, respond }: ListenOptions): Promise<Listener> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    serve(socket, respond);
  });
  server.maxConnections = connectionLimit;
  server.listen({ host: address, port, backlog: connectionLimit });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Questions one behind the other; answers as they come, each with its question's id. */
function serve(socket: Socket, respond: Respond): void {
  let held = Buffer.alloc(0);
  let pending = 0;
  const send = (reply: Buffer | undefined): void => {
    pending -= 1;
    if (socket.destroyed) return;
    if (reply !== undefined) socket.write(framed(reply));
    if (socket.writableLength > backlogLimit) return void socket.destroy();
    read();
  };
  const take = (): Buffer | undefined => {
    const size = held.length < 2 ? 0 : held.readUInt16BE(0);
    if (size === 0 || held.length < size + 2) return undefined;
    const message = held.subarray(2, size + 2);
    held = held.subarray(size + 2);
    return message;
  };
  function read(): void {
    while (pending < pipelineLimit && !socket.destroyed) {
      const message = take();
      if (message === undefined) break;
      pending += 1;
      const reply = respond(message, 'tcp');
      // never at once: a long pipeline must not become a deep stack
      void Promise.resolve(reply).then(send);
    }
    if (pending < pipelineLimit) socket.resume();
    else socket.pause();
  }
  socket.setTimeout(idleTimeout, () => socket.destroy());
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    if (held.length >= 2 && held.readUInt16BE(0) === 0) return void socket.destroy();
    read();
  });
}
