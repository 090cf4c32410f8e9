/**
 * `serve [--http PORT] [--https PORT] [--tcp PORT] [--udp PORT] [--grpc PORT] [--fail-after S] [--grace S]`: servers that
 * echo (TCP, UDP), answer the paths of paths.ts (HTTP, HTTPS) and gRPC health checks, and say each request in a line.
 *
 * With `--fail-after` health turns bad after so many seconds. SIGTERM ends it, with `--grace` so many seconds later.
 */
import { createSocket } from 'node:dgram';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import { parseArgs } from 'node:util';
import { ownCertificate } from './certificate.ts';
import { serveGrpcHealth } from './grpc-health.ts';
import { answerPath } from './paths.ts';

/** What the servers of this process share. */
export interface Health {
  /** Whether health checks are answered well. */
  good: boolean;
  /** Lines of the requests so far, newest last; not more than a thousand. */
  readonly requests: string[];
}

const port = { type: 'string' } as const;

/** Runs the servers until SIGTERM. */
export async function command(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { http: port, https: port, tcp: port, udp: port, grpc: port, 'fail-after': port, grace: port },
  });
  const health: Health = { good: true, requests: [] };
  const http = answerPath(health);
  if (values.http !== undefined) createHttp(http).listen(Number(values.http));
  if (values.https !== undefined) createHttps(ownCertificate(), http).listen(Number(values.https));
  if (values.tcp !== undefined)
    createTcp((socket) => socket.on('error', () => {}).pipe(socket)).listen(Number(values.tcp));
  if (values.udp !== undefined) serveUdp(Number(values.udp));
  if (values.grpc !== undefined) serveGrpcHealth(Number(values.grpc), health);
  if (values['fail-after'] !== undefined) {
    setTimeout(() => {
      health.good = false;
    }, Number(values['fail-after']) * 1000);
  }
  process.once('SIGTERM', () => {
    process.stdout.write('got SIGTERM\n');
    setTimeout(() => process.exit(0), Number(values.grace ?? 0) * 1000);
  });
  process.stdout.write('serving\n');
}

function serveUdp(at: number): void {
  const socket = createSocket({ type: 'udp6', ipv6Only: false });
  socket.on('message', (message, from) => {
    // as HTTP's /hostname and /clientip do for TCP
    const text = message.toString().trim();
    const answer = text === 'hostname' ? process.env['HOSTNAME'] : text === 'clientip' ? from.address : undefined;
    socket.send(answer ?? message, from.port, from.address);
  });
  socket.bind(at);
}
