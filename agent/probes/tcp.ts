/** tcpSocket probes: a connection that opens is a success. */
import { connect } from 'node:net';
import { dialError } from './http-exchange.ts';
import type { ProbeOutcome } from './probe.ts';

/** Connects once. `timeout` is in milliseconds. */
export function probeTcp(host: string, port: number, timeout: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout });
    const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const done = (ok: boolean, message: string): void => {
      socket.destroy();
      resolve({ ok, message });
    };
    socket.once('connect', () => done(true, ''));
    socket.once('timeout', () => done(false, `dial tcp ${where}: i/o timeout`));
    socket.once('error', (error) => done(false, dialError(error) ?? `dial tcp ${where}: ${error.message}`));
  });
}
