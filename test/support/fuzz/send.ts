/** Sending one request of the fuzz and seeing what comes back. */
import { type Agent, request } from 'node:https';
import { connect } from 'node:tls';
import type { AnyRequest } from './any-request.ts';

/** Where a hub is, and connections to it. */
export interface Door {
  readonly port: number;
  readonly agent: Agent;
}

/** What came of it. Status 0: the connection was closed without an answer; -1: nothing came for twenty seconds. */
export interface Outcome {
  readonly status: number;
  readonly text: string;
  readonly milliseconds: number;
}

const patience = 20_000;
/** A stream is left after so many milliseconds. */
const look = 100;
/** Bytes that are no request may wait for more of them; so long is enough to see a wrong answer. */
const rawPatience = 300;

/** Sends one request; a stream is left after its first bytes. */
export function send(door: Door, what: AnyRequest): Promise<Outcome> {
  return what.raw === undefined ? sendRequest(door, what) : sendBytes(door, what.raw);
}

function sendRequest(door: Door, what: AnyRequest): Promise<Outcome> {
  return new Promise((resolve) => {
    const began = performance.now();
    const end = (status: number, text: string): void =>
      resolve({ status, text, milliseconds: performance.now() - began });
    const { method, path, body } = what;
    const headers: Record<string, string | number> = { ...what.headers };
    if (body !== undefined) headers['content-length'] = body.length;
    const sent = request({ agent: door.agent, host: '127.0.0.1', port: door.port, method, path, headers }, (res) => {
      const status = res.statusCode ?? 0;
      const parts: Buffer[] = [];
      const done = (): void => end(status, Buffer.concat(parts).toString());
      const leave = setTimeout(() => {
        done();
        sent.destroy();
      }, look);
      res.on('data', (chunk: Buffer) => parts.push(chunk));
      res.on('error', done);
      res.on('close', () => {
        clearTimeout(leave);
        done();
      });
    });
    sent.on('upgrade', (res, socket) => {
      socket.destroy();
      end(res.statusCode ?? 0, '');
    });
    sent.on('error', (error) => end(0, String(error)));
    sent.setTimeout(patience, () => {
      end(-1, `no answer within ${patience} ms`);
      sent.destroy();
    });
    sent.end(body);
  });
}

function sendBytes(door: Door, raw: NonNullable<AnyRequest['raw']>): Promise<Outcome> {
  return new Promise((resolve) => {
    const began = performance.now();
    const { ca, cert, key } = door.agent.options;
    const socket = connect({
      ...{ host: '127.0.0.1', port: door.port, ALPNProtocols: [raw.protocol] },
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
    let text = '';
    const timer = setTimeout(() => socket.destroy(), rawPatience);
    socket.on('secureConnect', () => socket.write(raw.bytes));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
      resolve({ status, text: status === 0 ? 'ECONNRESET' : text, milliseconds: performance.now() - began });
    });
  });
}
