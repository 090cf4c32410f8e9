/** How many names a node's DNS answers, and how fast, with a thousand Services of ten endpoints each. */
import { fork } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { question } from '../support/dns-client.ts';
import { addressFor, startDnsUpstream } from '../support/dns-upstream.ts';
import type { Benchmark, Measurement } from './measurement.ts';
import { quantile } from './measurement.ts';

/** What is asked in turn. */
const names: Readonly<Record<string, readonly string[]>> = {
  'names of Services': Array.from({ length: 100 }, (_, at) => `service-${at * 2}.default.svc.cluster.local`),
  'headless Services of 10': Array.from({ length: 100 }, (_, at) => `service-${at * 2 + 1}.default.svc.cluster.local`),
  'names that are not there': Array.from(
    { length: 100 },
    (_, at) => `host-${at}.example.org.default.svc.cluster.local`,
  ),
  'names of elsewhere, cached': Array.from({ length: 100 }, (_, at) => `host-${at}.example.org`),
};

const agentFlags = (
  JSON.parse(readFileSync(new URL('../../agent/daemon-flags.json', import.meta.url), 'utf8')) as { agent: string[] }
).agent;

const outstanding = 64;
const offered = 5000;

/** One client's socket and who waits for which answer. */
class Client {
  readonly #socket: Socket;
  readonly #sent = new Map<number, number>();
  readonly #latencies: number[] = [];
  #id = 0;
  answered: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (message) => {
      const id = message.readUInt16BE(0);
      const sent = this.#sent.get(id);
      if (sent === undefined) return;
      this.#sent.delete(id);
      this.#latencies.push(performance.now() - sent);
      this.answered();
    });
  }

  static async to(port: number): Promise<Client> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Client(socket);
  }

  send(query: Buffer): void {
    this.#id = (this.#id + 1) & 0xffff;
    const bytes = Buffer.from(query);
    bytes.writeUInt16BE(this.#id, 0);
    this.#sent.set(this.#id, performance.now());
    this.#socket.send(bytes);
  }

  /** What came since the last call, sorted, in milliseconds; what never came counts as the time waited. */
  take(): number[] {
    const now = performance.now();
    const missing = [...this.#sent.values()].map((sent) => now - sent);
    this.#sent.clear();
    return [...this.#latencies.splice(0), ...missing].sort((a, b) => a - b);
  }

  close(): void {
    this.#socket.close();
  }
}

const until = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** As many as it can: each answer is followed by the next question. */
async function mostAnswers(client: Client, queries: readonly Buffer[], seconds: number): Promise<number> {
  let at = 0;
  let count = 0;
  const next = (): void => client.send(queries[at++ % queries.length] as Buffer);
  client.answered = () => {
    count += 1;
    next();
  };
  const began = performance.now();
  for (let index = 0; index < outstanding; index++) next();
  await until(seconds * 1000);
  client.answered = () => {};
  const rate = count / ((performance.now() - began) / 1000);
  await until(100);
  client.take();
  return rate;
}

/** So many a second, whatever comes back. */
async function latencies(client: Client, queries: readonly Buffer[], seconds: number): Promise<number[]> {
  const began = performance.now();
  let sent = 0;
  while (performance.now() - began < seconds * 1000) {
    const due = ((performance.now() - began) / 1000) * offered;
    for (; sent < due; sent++) client.send(queries[sent % queries.length] as Buffer);
    await until(1);
  }
  await until(200);
  return client.take();
}

export const dns: Benchmark = {
  name: 'dns',
  about: "answers of a node's DNS over UDP, client and server on the same machine",
  async run({ short }) {
    const seconds = short ? 2 : 10;
    const upstream = await startDnsUpstream(addressFor('192.0.2.1', 3600));
    // under the flags an agent runs with
    const server = fork(new URL('dns-server.ts', import.meta.url).pathname, [upstream.place], { execArgv: agentFlags });
    const found: Measurement[] = [];
    try {
      const [{ port, change }] = (await once(server, 'message')) as [{ port: number; change: number }];
      const client = await Client.to(port);
      for (const [what, asked] of Object.entries(names)) {
        const queries = asked.map((name) => question(name));
        for (const query of queries) client.send(query);
        await until(500);
        client.take();
        const value = await mostAnswers(client, queries, seconds);
        found.push({ name: what, value, unit: 'answers/s', target: { is: '>=', value: 5000 } });
        const times = await latencies(client, queries, seconds);
        found.push({
          name: `${what}, ${offered}/s: p99`,
          value: quantile(times, 0.99),
          unit: 'ms',
          target: { is: '<=', value: 5 },
          detail: { median: Number(quantile(times, 0.5).toFixed(3)), answers: times.length },
        });
      }
      client.close();
      found.push({ name: 'one change of endpoints', value: change, unit: 'ms of processor' });
    } finally {
      server.kill();
      await upstream.stop();
    }
    return found;
  },
};
