/** One DNS question over TCP, with nothing but sockets: Node's resolver asks over UDP. */
import { connect } from 'node:net';

const types: Readonly<Record<string, number>> = { A: 1, CNAME: 5, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 };

/** The answers in the form of Node's resolver; throws with the response code when there are none. */
export async function askOverTcp(name: string, type: string, server: string): Promise<unknown[]> {
  const wanted = types[type] ?? 0;
  const labels = name.replace(/\.$/, '').split('.');
  const question = Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0, 0, wanted, 0, 1]),
  ]);
  const query = Buffer.concat([Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), question]);
  const answer = await exchange(query, server);
  const code = answer.readUInt16BE(2) & 15;
  const found: unknown[] = [];
  let at = 12 + question.length;
  for (let count = answer.readUInt16BE(6); count > 0; count--) {
    at = nameAt(answer, at).end;
    const [kind, size] = [answer.readUInt16BE(at), answer.readUInt16BE(at + 8)];
    if (kind === wanted) found.push(dataAt(answer, at + 10, size, type));
    at += 10 + size;
  }
  if (found.length === 0) throw new Error(`no answer, response code ${code}`);
  return found;
}

async function exchange(query: Buffer, server: string): Promise<Buffer> {
  const socket = connect({ host: server, port: 53, timeout: 5000 });
  socket.on('timeout', () => socket.destroy(new Error('no answer in 5 s')));
  socket.write(Buffer.concat([Buffer.from([0, query.length]), query]));
  let held = Buffer.alloc(0);
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk as Buffer]);
    if (held.length > 2 && held.length >= held.readUInt16BE(0) + 2) break;
  }
  return held.subarray(2);
}

function nameAt(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  let end = 0;
  for (let length = message[at] ?? 0; length !== 0; length = message[at] ?? 0) {
    if (length >= 0xc0) {
      end ||= at + 2;
      at = message.readUInt16BE(at) & 0x3fff;
      continue;
    }
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.'), end: end || at + 1 };
}

function dataAt(message: Buffer, at: number, size: number, type: string): unknown {
  if (type === 'A') return [...message.subarray(at, at + size)].join('.');
  if (type === 'SRV') {
    const [priority, weight, port] = [0, 2, 4].map((more) => message.readUInt16BE(at + more));
    return { name: nameAt(message, at + 6).name, port, priority, weight };
  }
  if (type === 'PTR' || type === 'CNAME') return nameAt(message, at).name;
  return message.toString('hex', at, at + size);
}
