/** Carries TCP from addresses of Services to their endpoints. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Service } from '../../../hub/api/service.ts';
import { covers, parseRange } from '../../../hub/base/ranges.ts';
import type { RelayedPort } from './relayed.ts';

/** Most connections of one port. */
const most = 4096;

/** How many endpoints a connection tries, and milliseconds for each. */
const tries = 3;
const patience = 3000;

interface Opened {
  now: RelayedPort;
  readonly server: Server;
  readonly connections: Set<Socket>;
}

/** The relay of one node. */
export class Relay {
  readonly #opened = new Map<string, Opened>();
  #turn = 0;

  /** Opens and closes ports; connections to a port that stays go on. Answers which cannot be opened, and why. */
  async set(wanted: readonly RelayedPort[]): Promise<[Service, string][]> {
    const byKey = new Map(wanted.map((one) => [`${one.address}:${one.port}`, one]));
    for (const [key, opened] of this.#opened) if (!byKey.has(key)) this.#close(key, opened);
    const failures: [Service, string][] = [];
    for (const [key, port] of byKey) {
      const opened = this.#opened.get(key);
      if (opened === undefined)
        await this.#open(key, port).catch(({ code = 'an unknown error' }: NodeJS.ErrnoException) => {
          const why = code === 'EADDRINUSE' ? 'another program of the node listens there' : code;
          failures.push([port.service, `port ${key} cannot be opened: ${why}`]);
        });
      else opened.now = port;
    }
    return failures;
  }

  /** Closes all, connections too. */
  stop(): void {
    for (const [key, opened] of this.#opened) this.#close(key, opened);
  }

  #open(key: string, port: RelayedPort): Promise<void> {
    const connections = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
      void this.#carry(socket, opened.now);
    });
    server.maxConnections = most;
    const opened: Opened = { now: port, server, connections };
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port.port, port.address, () => {
        server.off('error', reject);
        server.on('error', () => {});
        this.#opened.set(key, opened);
        resolve();
      });
    });
  }

  #close(key: string, { server, connections }: Opened): void {
    this.#opened.delete(key);
    server.close();
    for (const socket of connections) socket.destroy();
  }

  async #carry(from: Socket, { endpoints, sources }: RelayedPort): Promise<void> {
    from.on('error', () => from.destroy());
    const client = parseRange(from.remoteAddress ?? '');
    const isAllowed = sources.length === 0 || (client !== undefined && sources.some((range) => covers(range, client)));
    const first = this.#turn++;
    for (let at = 0; isAllowed && at < Math.min(tries, endpoints.length); at++) {
      const endpoint = endpoints[(first + at) % endpoints.length];
      const to = endpoint === undefined ? undefined : await reach(endpoint);
      if (to === undefined) continue;
      if (from.destroyed) to.destroy();
      to.on('error', () => from.destroy());
      to.once('close', () => from.destroy());
      from.once('close', () => to.destroy());
      from.pipe(to).pipe(from);
      return;
    }
    from.resetAndDestroy();
  }
}

/** A connection; undefined when there is none in time. */
function reach(endpoint: { host: string; port: number }): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...endpoint, allowHalfOpen: true, noDelay: true, timeout: patience });
    const fail = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    socket.once('timeout', fail).once('error', fail);
    socket.once('connect', () => {
      socket.setTimeout(0).off('timeout', fail).off('error', fail);
      resolve(socket);
    });
  });
}
