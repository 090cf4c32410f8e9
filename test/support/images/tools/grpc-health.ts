/** The gRPC health checking protocol (grpc.health.v1, Check), as the service "" and as "named". */
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { Health } from './serve.ts';

/** HealthCheckResponse.ServingStatus. */
const status = { serving: 1, notServing: 2 };
/** gRPC status codes. */
const codes = { ok: 0, notFound: 5, unimplemented: 12 };

/** The service a request names: field 1 of the message behind the five bytes of its frame, at most 127 bytes long. */
function serviceOf(frame: Buffer): string {
  return frame[5] === 0x0a ? frame.toString('utf8', 7, 7 + (frame[6] ?? 0)) : '';
}

function answer(stream: ServerHttp2Stream, code: number, serving?: number): void {
  stream.on('error', () => {});
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(code) }));
  // a frame: not compressed, a length of two, and field 1 as a number
  stream.end(serving === undefined ? undefined : Buffer.from([0, 0, 0, 0, 2, 0x08, serving]));
}

/** Serves it without TLS. */
export function serveGrpcHealth(port: number, health: Health): void {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    if (headers[':path'] !== '/grpc.health.v1.Health/Check') return answer(stream, codes.unimplemented);
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('end', () => {
      const service = serviceOf(Buffer.concat(pieces));
      process.stdout.write(`grpc check of "${service}"\n`);
      if (service !== '' && service !== 'named') return answer(stream, codes.notFound);
      answer(stream, codes.ok, health.good ? status.serving : status.notServing);
    });
  });
  server.listen(port);
}
