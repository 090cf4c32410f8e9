/** Runs a program in a Pod through the hub, with bytes going in and out (v5.channel.k8s.io). */
import type { RawData } from 'ws';
import type { Status } from '../../hub/api/errors.ts';
import { Failure } from './failure.ts';
import type { HubClient } from './hub-client.ts';
import { namespaced } from './namespace-option.ts';

const stdin = 0;
const stdout = 1;
const stderr = 2;
const outcome = 3;
/** Ends the channel named in its data. */
const end = 255;

/** So much of what a program complains of is kept, in bytes. */
const wordsKept = 4096;

/** Which program, and what becomes of its bytes. `output` that answers a promise holds the program back. */
export interface PodExec {
  readonly namespace: string;
  readonly pod: string;
  readonly command: readonly string[];
  readonly input?: AsyncIterable<Buffer>;
  readonly output?: (chunk: Buffer) => void | Promise<void>;
}

/** Resolves when the program has ended well; rejects with Failure, with its last words, when it has not. */
export async function execInPod(client: HubClient, { namespace, pod, command, input, output }: PodExec): Promise<void> {
  const query = new URLSearchParams({
    stdout: 'true',
    stderr: 'true',
    ...(input === undefined ? {} : { stdin: 'true' }),
  });
  for (const word of command) query.append('command', word);
  const path = `${namespaced('/api/v1', namespace, 'pods')}/${encodeURIComponent(pod)}/exec?${query}`;
  const socket = await client.socket(path, 'v5.channel.k8s.io');
  let words = '';
  let status: Status | undefined;
  let written: Promise<void> = Promise.resolve();
  const take = async (channel: number | undefined, data: Buffer): Promise<void> => {
    if (channel === stdout) await output?.(data);
    else if (channel === stderr) words = `${words}${data}`.slice(-wordsKept);
    else if (channel === outcome) status = JSON.parse(data.toString()) as Status;
  };
  const ended = new Promise<void>((resolve, reject) => {
    socket.on('message', (message: RawData) => {
      const bytes = Buffer.isBuffer(message) ? message : Buffer.concat(message as Buffer[]);
      socket.pause();
      written = written.then(() => take(bytes[0], bytes.subarray(1)));
      written.then(() => socket.resume(), reject);
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(written));
  });
  socket.resume();
  // a program that ends early closes the connection; its own words say why
  const sending = input === undefined ? undefined : send(socket, input).catch(() => {});
  try {
    await ended;
    await sending;
  } finally {
    socket.terminate();
  }
  if (status?.status === 'Success') return;
  const why = words.trim().split('\n').at(-1) || status?.message || 'the connection broke';
  throw new Failure(`${command[0]} failed: ${why.slice(0, 500)}`);
}

interface Sink {
  send(data: Buffer, sent: (error?: Error | null) => void): void;
}

async function send(socket: Sink, input: AsyncIterable<Buffer>): Promise<void> {
  const one = (channel: number, data: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(Buffer.concat([Buffer.from([channel]), data]), (error) => (error ? reject(error) : resolve()));
    });
  for await (const chunk of input) await one(stdin, chunk);
  await one(end, Buffer.from([stdin]));
}
