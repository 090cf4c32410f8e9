/** Asks a DNS server byte by byte, over UDP and TCP. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';

/** Where a server is. */
export interface DnsPlace {
  readonly address: string;
  readonly port: number;
}

/** What was answered. */
export type Answered = ReturnType<typeof decode>;

/** A query for one name. */
export function question(name: string, type = 'A', more: Packet = {}): Buffer {
  return encode({ type: 'query', id: 77, flags: 0x0100, questions: [{ name, type }], ...more });
}

/** An OPT record of a client that takes so many bytes. */
export const edns = (size: number): Packet => ({
  additionals: [{ type: 'OPT', name: '.', udpPayloadSize: size, flags: 0, extendedRcode: 0, ednsVersion: 0 }],
});

/** Sends one datagram; undefined when nothing comes back in `patience` milliseconds. */
export async function sendDatagram(place: DnsPlace, bytes: Buffer, patience = 10_000): Promise<Buffer | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.connect(place.port, place.address);
    await once(socket, 'connect');
    socket.send(bytes);
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(patience) })) as [Buffer];
    return answer;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

/** Asks over UDP; fails without an answer. */
export async function askUdp(place: DnsPlace, name: string, type = 'A', more: Packet = {}): Promise<Answered> {
  const answer = await sendDatagram(place, question(name, type, more));
  if (answer === undefined) throw new Error(`no answer to ${name} ${type}`);
  return decode(answer);
}

/** Sends messages down one connection; resolves with so many answers, in the order they came. */
export async function askTcp(
  place: DnsPlace,
  messages: readonly Buffer[],
  count = messages.length,
): Promise<Answered[]> {
  const socket = connect({ host: place.address, port: place.port });
  const answers: Answered[] = [];
  let held = Buffer.alloc(0);
  try {
    await once(socket, 'connect');
    socket.write(
      Buffer.concat(messages.map((each) => Buffer.concat([Buffer.from([each.length >> 8, each.length & 255]), each]))),
    );
    while (answers.length < count) {
      const [bytes] = (await once(socket, 'data', { signal: AbortSignal.timeout(10_000) })) as [Buffer];
      held = Buffer.concat([held, bytes]);
      while (held.length >= 2 && held.length >= held.readUInt16BE(0) + 2) {
        const size = held.readUInt16BE(0);
        answers.push(decode(held.subarray(2, size + 2)));
        held = held.subarray(size + 2);
      }
    }
    return answers;
  } finally {
    socket.destroy();
  }
}
