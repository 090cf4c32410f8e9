/** A TCP proxy that counts bytes and cuts connections: a link that comes and goes. */
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** The proxy. Bytes are counted both ways. */
export interface CuttingProxy {
  readonly port: number;
  readonly bytes: number;
  readonly connections: number;
  /** Breaks every connection now (RST), as a lost link that is noticed. */
  cut(): void;
  /** False: nobody gets through until it is true again. */
  open: boolean;
}

/** Starts a proxy to `127.0.0.1:target()`; stopped with the test. */
export async function startCuttingProxy(test: Pick<TestContext, 'after'>, target: () => number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let bytes = 0;
  let connections = 0;
  let open = true;
  const server = createServer((inner) => {
    if (!open) {
      inner.destroy();
      return;
    }
    connections++;
    const outer = connect(target(), '127.0.0.1');
    for (const [one, other] of [[inner, outer] as const, [outer, inner] as const]) {
      sockets.add(one);
      one.on('data', (chunk) => {
        bytes += chunk.length;
        other.write(chunk);
      });
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  test.after(() => {
    cut();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get bytes() {
      return bytes;
    },
    get connections() {
      return connections;
    },
    cut,
    get open() {
      return open;
    },
    set open(value) {
      open = value;
    },
  };
}
