/** A DNS server of a test's own, which answers, is silent, slow or lies, over UDP and TCP on one port. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';

/** What it answers to a question: packets sent one after the other, raw bytes as they are, nothing. */
export type Behaviour = (query: Packet, over: 'udp' | 'tcp') => (Packet | Buffer)[] | Promise<(Packet | Buffer)[]>;

/** The server. */
export interface DnsUpstream {
  readonly address: string;
  readonly port: number;
  /** As a setting names it. */
  readonly place: string;
  /** Names that were asked, with how: `example.org A udp`. */
  readonly asked: string[];
  behave(behaviour: Behaviour): void;
  stop(): Promise<void>;
}

/** An answer with these records. */
export function answerTo(query: Packet, answers: Packet['answers'] = [], more: Packet = {}): Packet {
  const { id = 0, questions = [] } = query;
  return { type: 'response', id, flags: 0x0180, questions, answers, ...more };
}

/** An answer that gives every name an address. */
export const addressFor =
  (address: string, ttl = 60): Behaviour =>
  (query) => {
    const name = query.questions?.[0]?.name ?? '';
    return [answerTo(query, [{ name, type: 'A', ttl, data: address }])];
  };

const bytesOf = (packet: Packet | Buffer): Buffer => (Buffer.isBuffer(packet) ? packet : encode(packet));

/** Starts it on a port the system chooses, or on `port`. */
export async function startDnsUpstream(behaviour: Behaviour, address = '127.0.0.1', port = 0): Promise<DnsUpstream> {
  let behave = behaviour;
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const answers = async (bytes: Buffer, over: 'udp' | 'tcp'): Promise<Buffer[]> => {
    const query = decode(bytes);
    const [question] = query.questions;
    asked.push(`${question?.name} ${question?.type} ${over}`);
    return (await behave(query, over)).map(bytesOf);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      void answers(bytes.subarray(2), 'tcp').then((all) => {
        for (const each of all) socket.write(Buffer.concat([Buffer.from([each.length >> 8, each.length & 255]), each]));
        if (all.length === 0) socket.destroy();
      });
    });
  });
  server.listen(port, address);
  await once(server, 'listening');
  const chosen = (server.address() as AddressInfo).port;
  const datagrams = createSocket('udp4');
  datagrams.on('message', (bytes, from) => {
    void answers(bytes, 'udp').then((all) => {
      for (const each of all) datagrams.send(each, from.port, from.address, () => {});
    });
  });
  datagrams.bind(chosen, address);
  await once(datagrams, 'listening');
  return {
    address,
    port: chosen,
    place: `${address}:${chosen}`,
    asked,
    behave(next) {
      behave = next;
    },
    async stop() {
      if (!server.listening) return;
      for (const socket of sockets) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => server.close(() => resolve())),
        new Promise<void>((resolve) => datagrams.close(resolve)),
      ]);
    },
  };
}
