/** The DNS server over real sockets: what goes over the wire, what is forwarded, and what no input can do to it. */
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { decode, encode, type Packet } from 'dns-packet';
import { Forwarder } from '../../../agent/dns/forwarder.ts';
import { type Listener, listen } from '../../../agent/dns/listen.ts';
import { createResponder, type Respond } from '../../../agent/dns/responder.ts';
import { Zone } from '../../../agent/dns/zone.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { askTcp, askUdp, edns, question, sendDatagram } from '../../support/dns-client.ts';
import { addressFor, answerTo, type DnsUpstream, startDnsUpstream } from '../../support/dns-upstream.ts';
import { Random } from '../../support/fuzz/random.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { MemoryHeld } from '../../support/memory-held.ts';
import { namedService, slice } from '../../support/named-objects.ts';

const address = '127.0.0.1';

interface Served {
  readonly place: { address: string; port: number };
  readonly forwarder: Forwarder;
  readonly held: MemoryHeld;
  readonly respond: Respond;
}

/** A server with these upstreams, at most 300 ms patient with each. */
async function serve(
  t: TestContext,
  upstreams: readonly { address: string; port: number }[] = [],
  clock: { now(): number; after: typeof systemClock.after; sleep: typeof systemClock.sleep } = systemClock,
): Promise<Served> {
  const held = new MemoryHeld();
  const services = [
    namedService('default/web', { clusterIP: '10.152.1.1' }),
    namedService('default/many', { clusterIP: 'None' }),
    slice(
      'default/many',
      Array.from({ length: 100 }, (_, at) => `10.32.0.${at + 1}`),
    ),
    namedService('default/out', { type: 'ExternalName', externalName: 'www.example.org' }),
    namedService('default/near', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
    namedService('default/loop', { type: 'ExternalName', externalName: 'loop.default.svc.cluster.local' }),
  ];
  await held.apply({ upserts: services, deletions: [] });
  const zone = new Zone({ domain: 'cluster.local', ttl: 5, held });
  const forwarder = new Forwarder({ clock, log: silentLog, timeout: 300 });
  forwarder.use(upstreams);
  const respond = createResponder({ names: zone, forwarder, log: silentLog });
  const listener: Listener = await listen({ address, port: 0, respond });
  t.after(async () => {
    forwarder.stop();
    await listener.close();
  });
  return { place: { address, port: listener.port }, forwarder, held, respond };
}

async function upstream(t: TestContext, ...args: Parameters<typeof startDnsUpstream>): Promise<DnsUpstream> {
  const started = await startDnsUpstream(...args);
  t.after(() => started.stop());
  return started;
}

const addresses = ({ answers }: Packet): unknown[] =>
  (answers ?? []).filter(({ type }) => type === 'A').map(({ data }) => data);
/** What clients had asked; not the look for loops. */
const questions = ({ asked }: DnsUpstream): string[] => asked.filter((line) => !line.includes(' HINFO '));

const web = 'web.default.svc.cluster.local';

/** Makes bytes, the same ones in each run: a good message with some of them changed, or none that is like one. */
function bytesFrom(good: Buffer): () => Buffer {
  const random = new Random(1);
  const any = (): Buffer => Buffer.from(Array.from({ length: random.below(80) }, () => random.below(256)));
  return () => {
    const bytes = random.chance(0.5) ? Buffer.from(good) : any();
    for (let change = random.below(6); change > 0 && bytes.length > 0; change--)
      bytes[random.below(bytes.length)] = random.below(256);
    return bytes.subarray(0, random.chance(0.5) ? bytes.length : random.below(bytes.length + 1));
  };
}

describe('a DNS server', () => {
  it('answers over UDP and TCP, to a resolver it has never met', async (t) => {
    const { place } = await serve(t);
    const resolver = new Resolver();
    resolver.setServers([`${place.address}:${place.port}`]);
    assert.deepEqual(await resolver.resolve4(web), ['10.152.1.1']);
    assert.deepEqual(await resolver.resolveSrv(`_http._tcp.${web}`), [
      { name: web, port: 80, priority: 0, type: 'SRV', weight: 100 },
    ]);
    assert.deepEqual(await resolver.reverse('10.152.1.1'), [web]);
    await assert.rejects(resolver.resolve4('nothing.default.svc.cluster.local'), { code: 'ENOTFOUND' });
    await assert.rejects(resolver.resolve6(web), { code: 'ENODATA' });
    const [answer] = await askTcp(place, [question(web)]);
    assert.deepEqual(addresses(answer ?? {}), ['10.152.1.1']);
  });

  it('answers many questions down one connection', async (t) => {
    const { place } = await serve(t);
    const asked = Array.from({ length: 200 }, (_, id) => question(web, 'A', { id }));
    const answers = await askTcp(place, asked);
    assert.deepEqual(new Set(answers.map(({ id }) => id)).size, 200);
  });

  it('repeats the question letter by letter', async (t) => {
    const { place } = await serve(t, [await upstream(t, addressFor('192.0.2.1'))]);
    for (const name of ['WeB.dEfault.SVC.cluster.LOCAL', 'ExAmPlE.org', 'eXaMpLe.org']) {
      const answer = await askUdp(place, name);
      assert.deepEqual([answer.questions[0]?.name, addresses(answer).length], [name, 1]);
    }
  });

  it('cuts an answer to what the client takes and says so, and is whole over TCP', async (t) => {
    const { place } = await serve(t);
    const name = 'many.default.svc.cluster.local';
    const sizes: number[] = [];
    for (const more of [{}, edns(100), edns(1000), edns(60_000)]) {
      const bytes = await sendDatagram(place, question(name, 'A', more));
      const answer = decode(bytes ?? Buffer.alloc(0));
      sizes.push(bytes?.length ?? 0);
      assert.equal(answer.flag_tc, true);
      assert.equal(answer.additionals.length, 'additionals' in more ? 1 : 0);
    }
    const [plain = 0, least = 0, thousand = 0, most = 0] = sizes;
    assert.ok(plain > 450 && plain <= 512 && least <= 512 && thousand > 950 && thousand <= 1000 && most <= 1232);
    const [whole] = await askTcp(place, [question(name)]);
    assert.deepEqual([whole?.flag_tc, new Set(addresses(whole ?? {})).size], [false, 100]);
  });

  it('begins with another of several addresses each time', async (t) => {
    const { place } = await serve(t);
    const firsts = new Set<unknown>();
    for (let id = 0; id < 10; id++) {
      firsts.add(addresses(await askUdp(place, 'many.default.svc.cluster.local', 'A', { id }))[0]);
    }
    assert.equal(firsts.size, 10);
  });

  it('says what is wrong with a question', async (t) => {
    const { place } = await serve(t);
    const good = question(web);
    const changed = (at: number, ...bytes: number[]): Buffer => {
      const copy = Buffer.from(good);
      copy.set(bytes, at);
      return copy;
    };
    const cases: [string, Buffer, string | undefined][] = [
      ['a status query', changed(2, 0x10), 'NOTIMP'],
      ['an update', changed(2, 0x28), 'NOTIMP'],
      ['an answer', changed(2, 0x80), undefined],
      ['less than a header', good.subarray(0, 11), undefined],
      ['no question', changed(4, 0, 0), 'FORMERR'],
      ['two questions', changed(4, 0, 2), 'FORMERR'],
      ['a name that ends nowhere', good.subarray(0, 20), 'FORMERR'],
      ['a name that points to itself', changed(12, 0xc0, 12), 'FORMERR'],
      ['a label of no known kind', changed(12, 0x80), 'FORMERR'],
      ['no type', good.subarray(0, -4), 'FORMERR'],
      ['a record that is not there', changed(10, 0, 1), 'FORMERR'],
      ['another class', changed(good.length - 1, 3), 'REFUSED'],
      ['a transfer of the zone', question('cluster.local', 'AXFR'), 'REFUSED'],
      [
        'a newer EDNS',
        question(web, 'A', { additionals: [{ ...edns(1232).additionals?.[0], ednsVersion: 1 } as never] }),
        'NOERROR',
      ],
    ];
    for (const [what, bytes, expected] of cases) {
      const answer = await sendDatagram(place, bytes, expected === undefined ? 200 : 5000);
      assert.equal(answer === undefined ? undefined : decode(answer).rcode, expected, what);
      // BADVERS: its upper bits are in the OPT record
      if (what === 'a newer EDNS') assert.equal(decode(answer ?? good).additionals[0]?.['extendedRcode'], 1);
    }
  });

  it('survives any bytes, over both transports', async (t) => {
    const { place, respond } = await serve(t);
    const next = bytesFrom(question(web, 'A', edns(1232)));
    for (let round = 0; round < 20_000; round++) {
      const reply = await respond(next(), round % 3 === 0 ? 'tcp' : 'udp');
      if (reply !== undefined) assert.ok(reply.length >= 12 && (reply[2] ?? 0) >= 0x80);
    }
    const broken = connect({ host: place.address, port: place.port });
    broken.write(Buffer.alloc(64));
    await once(broken, 'close');
    assert.deepEqual(addresses(await askUdp(place, web)), ['10.152.1.1']);
  });
});

describe('names that stand for others', () => {
  it('are followed within the cluster and outside', async (t) => {
    const { place } = await serve(t, [await upstream(t, addressFor('192.0.2.1', 3))]);
    const out = await askUdp(place, 'out.default.svc.cluster.local');
    assert.deepEqual(
      out.answers.map(({ name, type, data, ttl }) => [name, type, data, ttl]),
      [
        ['out.default.svc.cluster.local', 'CNAME', 'www.example.org', 5],
        ['www.example.org', 'A', '192.0.2.1', 3],
      ],
    );
    assert.deepEqual(addresses(await askUdp(place, 'near.default.svc.cluster.local')), ['10.152.1.1']);
    assert.equal((await askUdp(place, 'loop.default.svc.cluster.local')).rcode, 'SERVFAIL');
  });

  it('say the alias when nobody can follow', async (t) => {
    const { place } = await serve(t);
    const out = await askUdp(place, 'out.default.svc.cluster.local');
    assert.deepEqual([out.rcode, out.answers.map(({ data }) => data)], ['SERVFAIL', ['www.example.org']]);
  });
});

describe('other names', () => {
  it('are asked upstream once, and kept as long as they may be', async (t) => {
    const clock = manualClock(1_000_000);
    const server = await upstream(t, addressFor('192.0.2.1', 20));
    const { place } = await serve(t, [server], clock);
    const ttl = async (): Promise<number | undefined> => (await askUdp(place, 'example.org')).answers[0]?.ttl;
    assert.equal(await ttl(), 20);
    clock.advance(12_000);
    assert.equal(await ttl(), 8);
    assert.equal(questions(server).length, 1);
    clock.advance(9000);
    assert.equal(await ttl(), 20);
    assert.equal(questions(server).length, 2);
    server.behave(addressFor('192.0.2.1', 3600));
    assert.equal((await askUdp(place, 'long.example.org')).answers[0]?.ttl, 30);
  });

  it('that are not there are kept as the SOA record says', async (t) => {
    const clock = manualClock(1_000_000);
    const data = { mname: 'ns.org', rname: 'x.org', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 10 };
    const server = await upstream(t, (query) => [
      answerTo(query, [], { flags: 0x0183, authorities: [{ name: 'org', type: 'SOA', ttl: 900, data }] }),
    ]);
    const { place } = await serve(t, [server], clock);
    for (const wait of [0, 9000, 2000]) {
      clock.advance(wait);
      assert.equal((await askUdp(place, 'gone.org')).rcode, 'NXDOMAIN');
    }
    assert.equal(questions(server).length, 2);
  });

  it('are asked once by many at a time', async (t) => {
    const server = await upstream(t, async (query, over) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return addressFor('192.0.2.1')(query, over);
    });
    const { place } = await serve(t, [server]);
    const answers = await Promise.all(Array.from({ length: 50 }, () => askUdp(place, 'example.org')));
    assert.deepEqual(new Set(answers.flatMap(addresses)), new Set(['192.0.2.1']));
    assert.equal(questions(server).length, 1);
  });

  it('come over TCP when they are too long for UDP, or UDP brings nothing', async (t) => {
    const cut = await upstream(t, (query, over) =>
      over === 'udp' ? [answerTo(query, [], { flags: 0x0380 })] : addressFor('192.0.2.2')(query, over),
    );
    const deaf = await upstream(t, (query, over) => (over === 'udp' ? [] : addressFor('192.0.2.3')(query, over)));
    assert.deepEqual(addresses(await askUdp((await serve(t, [cut])).place, 'long.org')), ['192.0.2.2']);
    assert.deepEqual(addresses(await askUdp((await serve(t, [deaf])).place, 'quiet.org')), ['192.0.2.3']);
  });

  it('come from the next upstream when the first is dead, refuses or cannot say', async (t) => {
    const good = await upstream(t, addressFor('192.0.2.1'));
    const silent = await upstream(t, () => []);
    const failing = await upstream(t, (query) => [answerTo(query, [], { flags: 0x0182 })]);
    const nobody = { address, port: 9 };
    for (const first of [silent, failing, nobody]) {
      const { place } = await serve(t, [first, good]);
      assert.deepEqual(addresses(await askUdp(place, 'example.org')), ['192.0.2.1']);
    }
  });

  it('are no lies: another id, another question, nonsense', async (t) => {
    const liar = await upstream(t, (query) => {
      const name = query.questions?.[0]?.name ?? '';
      const lie = [{ name, type: 'A', ttl: 60, data: '203.0.113.66' }];
      const right = encode(answerTo(query, [{ name, type: 'A', ttl: 60, data: '192.0.2.1' }]));
      return [
        answerTo({ ...query, id: ((query.id ?? 0) + 1) & 0xffff }, lie),
        answerTo({ ...query, questions: [{ name: 'other.org', type: 'A' }] }, lie),
        { ...answerTo(query, lie), type: 'query' },
        right.subarray(0, -6),
        Buffer.from('nonsense'),
        right,
      ];
    });
    const { place } = await serve(t, [liar]);
    assert.deepEqual(addresses(await askUdp(place, 'example.org')), ['192.0.2.1']);
  });

  it('fail at once while all upstreams are dead, stay known a while, and come back', async (t) => {
    const clock = manualClock(1_000_000);
    const server = await upstream(t, addressFor('192.0.2.1', 20));
    const { place } = await serve(t, [server], clock);
    await askUdp(place, 'known.org');
    await server.stop();
    assert.equal((await askUdp(place, 'new.org')).rcode, 'SERVFAIL');
    clock.advance(25_000);
    // one asks whether it lives, the others hear at once
    const rcodes = Array.from({ length: 20 }, async (_, at) => (await askUdp(place, `new${at}.org`)).rcode);
    assert.deepEqual(new Set(await Promise.all(rcodes)), new Set(['SERVFAIL']));
    const old = await askUdp(place, 'known.org');
    assert.deepEqual([addresses(old), old.answers[0]?.ttl], [['192.0.2.1'], 5]);
    await upstream(t, addressFor('192.0.2.2'), address, server.port);
    clock.advance(10_000);
    assert.deepEqual(addresses(await askUdp(place, 'back.org')), ['192.0.2.2']);
    assert.deepEqual(addresses(await askUdp(place, 'known.org')), ['192.0.2.2']);
  });

  it('are not asked of an upstream that asks in turn', async (t) => {
    const good = await upstream(t, addressFor('192.0.2.1'));
    const round = await upstream(t, () => []);
    const { place, forwarder } = await serve(t);
    round.behave(async (query) => {
      const { name = '', type = 'A' } = query.questions?.[0] ?? {};
      return [{ ...(await askUdp(place, name, type)), id: query.id ?? 0 }];
    });
    forwarder.use([round, good]);
    assert.deepEqual(addresses(await askUdp(place, 'first.org')), ['192.0.2.1']);
    const before = round.asked.length;
    assert.deepEqual(addresses(await askUdp(place, 'second.org')), ['192.0.2.1']);
    assert.equal(round.asked.length, before);
  });

  it('fail at once without any upstream', async (t) => {
    const { place } = await serve(t);
    assert.equal((await askUdp(place, 'example.org')).rcode, 'SERVFAIL');
  });

  it('pass untouched in types nobody here knows', async (t) => {
    const server = await upstream(t, (query) => {
      const name = query.questions?.[0]?.name ?? '';
      return [answerTo(query, [{ name, type: 'UNKNOWN_65', ttl: 60, data: Buffer.from([0, 1, 0]) }])];
    });
    const { place } = await serve(t, [server]);
    const [found] = (await askUdp(place, 'example.org', 'UNKNOWN_65')).answers;
    assert.deepEqual(found?.data, Buffer.from([0, 1, 0]));
  });
});
