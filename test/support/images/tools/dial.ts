/**
 * `dial TARGET [--tries N] [--timeout MS] [--message TEXT]`: asks a server from in here. TARGET is `http://…`, `https://…`
 * (any certificate will do), `tcp://HOST:PORT` or `udp://HOST:PORT`; the last two send the message and wait for an answer.
 */
import { createSocket } from 'node:dgram';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { connect, isIPv6 } from 'node:net';
import { parseArgs } from 'node:util';

/** What to dial, how often, how long to wait each time in milliseconds. */
export interface Dial {
  readonly target: string;
  readonly tries: number;
  readonly timeout: number;
  readonly message?: string;
}

/** All answers and all errors. */
export interface Dialled {
  readonly answers: string[];
  readonly errors: string[];
}

function ask(url: URL, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { agent: false as const, timeout, rejectUnauthorized: false };
    const request = (url.protocol === 'https:' ? getHttps : getHttp)(url, options, (response) => {
      let text = '';
      response.on('data', (piece: Buffer) => {
        text += piece.toString();
      });
      response.on('end', () => {
        if ((response.statusCode ?? 500) < 400) resolve(text);
        else reject(new Error(`${response.statusCode} ${text}`));
      });
    });
    request.on('timeout', () => request.destroy(new Error('timed out')));
    request.on('error', reject);
  });
}

function askTcp(url: URL, timeout: number, message: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), timeout });
    socket.on('timeout', () => socket.destroy(new Error('timed out')));
    socket.on('error', reject);
    socket.write(message);
    socket.once('data', (piece: Buffer) => {
      resolve(piece.toString());
      socket.destroy();
    });
  });
}

function askUdp(url: URL, timeout: number, message: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(url.hostname) ? 'udp6' : 'udp4');
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      socket.close();
      settle();
    };
    const timer = setTimeout(() => end(() => reject(new Error('timed out'))), timeout);
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('message', (answer) => end(() => resolve(answer.toString())));
    socket.send(message, Number(url.port), url.hostname);
  });
}

/** Dials one time after the other. */
export async function dialOften({ target, tries, timeout, message = 'hostname' }: Dial): Promise<Dialled> {
  const url = new URL(target);
  const outcome: Dialled = { answers: [], errors: [] };
  for (let count = 0; count < tries; count += 1) {
    const asked =
      url.protocol === 'tcp:'
        ? askTcp(url, timeout, message)
        : url.protocol === 'udp:'
          ? askUdp(url, timeout, message)
          : ask(url, timeout);
    await asked.then(
      (answer) => outcome.answers.push(answer),
      (error: Error) => outcome.errors.push(error.message),
    );
  }
  return outcome;
}

/** Prints JSON of answers and errors; fails when there was no answer. */
export async function command(args: string[]): Promise<void> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { tries: text, timeout: text, message: text },
  });
  const outcome = await dialOften({
    target: positionals[0] ?? '',
    tries: Number(values.tries ?? 1),
    timeout: Number(values.timeout ?? 2000),
    ...(values.message === undefined ? {} : { message: values.message }),
  });
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  if (outcome.answers.length === 0) throw new Error(outcome.errors.at(-1) ?? 'no answer');
}
