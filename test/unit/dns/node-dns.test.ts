/** A node's DNS as a part of the agent: where it listens, whom it asks, what it says when it cannot. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { holdAddress, type RunIp, releaseAddress } from '../../../agent/dns/link.ts';
import { createNodeDns, type NodeDnsOptions } from '../../../agent/dns/node-dns.ts';
import { parseResolver } from '../../../agent/resources/resolv-conf.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { readIfThere } from '../../../hub/base/private-file.ts';
import { askUdp, sendDatagram, question } from '../../support/dns-client.ts';
import { addressFor, startDnsUpstream } from '../../support/dns-upstream.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { MemoryHeld } from '../../support/memory-held.ts';
import { namedService } from '../../support/named-objects.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** An interface in memory, and what was done to it. */
class FakeLink {
  alias: string | undefined;
  there = false;
  readonly addresses = new Set<string>();

  readonly run: RunIp = async (words) => {
    const [object, action, first] = words[0] === '-json' ? words.slice(1) : words;
    if (action === 'show') {
      if (!this.there) throw new Error('Device "cor-dns" does not exist.');
      const shown = [...this.addresses].map((each) => ({ local: each.split('/')[0], prefixlen: 32 }));
      return JSON.stringify([{ ...(this.alias === undefined ? {} : { ifalias: this.alias }), addr_info: shown }]);
    }
    if (object === 'link' && action === 'add') this.there = true;
    if (object === 'link' && action === 'delete') {
      this.there = false;
      this.addresses.clear();
    }
    if (action === 'set') this.alias = words[words.indexOf('alias') + 1];
    if (object === 'address' && action === 'replace') this.addresses.add(first ?? '');
    if (object === 'address' && action === 'delete') this.addresses.delete(first ?? '');
    return '';
  };
}

const dnsService = (address: string, annotations: Record<string, string> = { 'coracle.io/node-local': 'true' }) => {
  const service = namedService('kube-system/kube-dns', { clusterIP: address });
  return { ...service, metadata: { ...service.metadata, annotations } };
};

async function start(t: TestContext, choices: Partial<NodeDnsOptions> = {}) {
  const held = new MemoryHeld();
  await held.apply({ upserts: [dnsService('127.0.0.2')], deletions: [] });
  const link = new FakeLink();
  const port = await freePort();
  const troubles: (string | undefined)[] = [];
  const dns = createNodeDns({
    ...{ held, domain: 'cluster.local', ttl: 5, upstreams: [], owner: '/agent', ip: link.run, port },
    nodeServers: async () => [],
    resolvConf: '/nowhere/resolv.conf',
    changed: (trouble) => troubles.push(trouble),
    clock: systemClock,
    log: silentLog,
    ...choices,
  });
  t.after(() => dns.stop?.());
  await dns.start?.();
  return { dns, held, link, port, troubles };
}

const name = 'kube-dns.kube-system.svc.cluster.local';

describe("a node's DNS", () => {
  it("follows the Service's address, and stops answering when another DNS takes the Service", async (t) => {
    const { dns, held, link, port } = await start(t);
    assert.equal(dns.address(), '127.0.0.2');
    assert.deepEqual([...link.addresses], ['127.0.0.2/32']);
    assert.equal((await askUdp({ address: '127.0.0.2', port }, name)).answers[0]?.data, '127.0.0.2');
    await held.apply({ upserts: [dnsService('127.0.0.3')], deletions: [] });
    await eventually('the new address to answer', async () =>
      Boolean(await sendDatagram({ address: '127.0.0.3', port }, question(name), 200)),
    );
    assert.deepEqual([...link.addresses], ['127.0.0.3/32']);
    await held.apply({ upserts: [dnsService('127.0.0.3', {})], deletions: [] });
    await eventually('the interface to go', () => !link.there);
    assert.equal(await sendDatagram({ address: '127.0.0.3', port }, question(name), 200), undefined);
    assert.equal(dns.address(), '127.0.0.3');
  });

  it('has no address before there is a Service', async (t) => {
    const { dns, link, troubles } = await start(t, { held: new MemoryHeld() });
    assert.deepEqual([dns.address(), dns.trouble(), link.there, troubles], [undefined, undefined, false, []]);
  });

  it('says who has the port, and answers when it is free', async (t) => {
    const port = await freePort();
    const other = createSocket('udp4');
    other.bind(port, '127.0.0.2');
    await once(other, 'listening');
    const { dns, troubles } = await start(t, { port });
    assert.equal(dns.trouble(), `DNS cannot answer at 127.0.0.2:${port}: another program has the port`);
    await new Promise<void>((resolve) => other.close(resolve));
    await eventually('it to answer', () => dns.trouble() === undefined);
    assert.deepEqual(troubles, [`DNS cannot answer at 127.0.0.2:${port}: another program has the port`, undefined]);
    assert.equal((await askUdp({ address: '127.0.0.2', port }, name)).rcode, 'NOERROR');
  });

  it('says what is missing', async (t) => {
    const message = 'the program "ip" is missing (Debian package iproute2)';
    const { dns, port } = await start(t, { ip: () => Promise.reject(new Error(message)) });
    assert.equal(dns.trouble(), `DNS cannot answer at 127.0.0.2:${port}: ${message}`);
  });

  it('asks who resolv.conf names, also after it is replaced, and never itself', async (t) => {
    const file = join(tempDir(t), 'resolv.conf');
    const [one, two] = [
      await startDnsUpstream(addressFor('192.0.2.1', 0)),
      await startDnsUpstream(addressFor('192.0.2.2', 0)),
    ];
    t.after(async () => void (await Promise.all([one.stop(), two.stop()])));
    const port = await freePort();
    const write = async (...places: string[]): Promise<void> => {
      await writeFile(`${file}.new`, places.map((place) => `nameserver ${place}\n`).join(''));
      await rename(`${file}.new`, file);
    };
    await write(`127.0.0.2:${port}`, one.place);
    const nodeServers = async () => parseResolver((await readIfThere(file)) ?? '').servers;
    await start(t, { port, resolvConf: file, nodeServers });
    const found = async (): Promise<unknown> =>
      (await askUdp({ address: '127.0.0.2', port }, 'example.org')).answers[0]?.data;
    assert.equal(await found(), '192.0.2.1');
    await write(two.place);
    await eventually('the other upstream to be asked', async () => (await found()) === '192.0.2.2');
  });
});

describe('the interface of DNS', () => {
  it('of another agent is left alone, one without a mark is taken', async () => {
    const link = new FakeLink();
    await holdAddress({ owner: '/one', address: '10.152.0.10', run: link.run });
    await assert.rejects(holdAddress({ owner: '/two', address: '10.152.0.10', run: link.run }), /is another agent's/);
    await releaseAddress({ owner: '/two', run: link.run });
    assert.equal(link.there, true);
    link.alias = undefined;
    await holdAddress({ owner: '/two', address: '10.152.0.10', run: link.run });
    await releaseAddress({ owner: '/two', run: link.run });
    assert.equal(link.there, false);
  });
});
