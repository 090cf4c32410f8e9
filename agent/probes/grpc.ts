/** grpc probes: grpc.health.v1.Health/Check over HTTP/2, by hand; a single message each way needs no library. */
import { connect, constants } from 'node:http2';
import type { GRPCAction } from '../../hub/api/container.ts';
import { kubernetesVersion } from '../../hub/api/version.ts';
import { dialError } from './http-exchange.ts';
import type { ProbeOutcome } from './probe.ts';

/** grpc.health.v1.HealthCheckResponse.ServingStatus by number. */
const servingStatus = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
/** gRPC status codes that have words of their own. */
const unimplemented = 12;
const answerLimit = 64 * 1024;

interface Answer {
  readonly code: number;
  readonly message: string;
  readonly body: Buffer;
}

/** Asks once. `timeout` is in milliseconds. */
export async function probeGrpc(action: GRPCAction, address: string, timeout: number): Promise<ProbeOutcome> {
  const { port, service = '' } = action;
  const where = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const seconds = `${timeout / 1000}s`;
  try {
    const answer = await check({ where, service, timeout });
    if (answer.code === unimplemented)
      return failed(
        `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${answer.message}`,
      );
    if (answer.code !== 0)
      return failed(`error: health rpc probe failed: rpc error: code = ${answer.code} desc = ${answer.message}`);
    const status = servingStatus[statusOf(answer.body)] ?? 'UNKNOWN';
    return status === 'SERVING' ? { ok: true, message: '' } : failed(`service unhealthy (responded with "${status}")`);
  } catch (error) {
    const why = error instanceof Error ? (dialError(error) ?? error.message) : String(error);
    return failed(`timeout: failed to connect service "${where}" within ${seconds}: ${why}`);
  }
}

function failed(message: string): ProbeOutcome {
  return { ok: false, message };
}

function check(options: { where: string; service: string; timeout: number }): Promise<Answer> {
  const { where, service, timeout } = options;
  return new Promise((resolve, reject) => {
    const session = connect(`http://${where}`);
    const timer = setTimeout(() => end(() => reject(new Error('context deadline exceeded'))), timeout);
    const end = (tell: () => void): void => {
      clearTimeout(timer);
      session.destroy();
      tell();
    };
    session.on('error', (error) => end(() => reject(error)));
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
      'user-agent': `kube-probe/${kubernetesVersion.major}.${kubernetesVersion.minor}`,
    });
    const pieces: Buffer[] = [];
    let size = 0;
    let trailers: Record<string, unknown> = {};
    const take = (headers: Record<string, unknown>): void => {
      if (headers['grpc-status'] !== undefined) trailers = headers;
    };
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= answerLimit) pieces.push(piece);
    });
    // a stream that never got a connection only says so in its cause
    stream.on('error', (error) => end(() => reject(error.cause instanceof Error ? error.cause : error)));
    stream.once('end', () => {
      const code = Number(trailers['grpc-status'] ?? 2);
      const message = decoded(String(trailers['grpc-message'] ?? ''));
      end(() => resolve({ code, message, body: Buffer.concat(pieces) }));
    });
    stream.end(framed(service));
  });
}

/** Messages travel percent-encoded; a broken one is shown as it came. */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

/** A length-prefixed HealthCheckRequest: field 1 is the service's name. */
function framed(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** The number in field 1 of a length-prefixed HealthCheckResponse; 0 when there is none. */
function statusOf(body: Buffer): number {
  return body.length >= 7 && body[5] === 0x08 ? (body[6] ?? 0) : 0;
}
