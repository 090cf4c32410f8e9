/** What the cluster's names answer, name by name: the DNS specification of Kubernetes as a table. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from 'dns-packet';
import { answer } from '../../../agent/dns/answer.ts';
import { types } from '../../../agent/dns/wire/codes.ts';
import { labelsOf } from '../../../agent/dns/wire/name.ts';
import type { Query } from '../../../agent/dns/wire/query.ts';
import { writeReply } from '../../../agent/dns/wire/reply.ts';
import { Zone } from '../../../agent/dns/zone.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { MemoryHeld } from '../../support/memory-held.ts';
import { namedService, slice } from '../../support/named-objects.ts';

const objects: KubeObject[] = [
  namedService('default/web', { clusterIP: '10.152.1.1', clusterIPs: ['10.152.1.1', 'fd00:152::1'] }),
  slice('default/web', ['10.32.0.5', '10.32.0.6']),
  namedService('default/two', {
    clusterIP: '10.152.1.2',
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'web', port: 443, protocol: 'TCP' },
    ],
  }),
  namedService('default/bare', { clusterIP: '10.152.1.3', ports: [{ port: 99 }] }),
  namedService('apps/set', { clusterIP: 'None' }),
  slice('apps/set', [
    { addresses: ['10.32.1.1'], hostname: 'Set-0' },
    { addresses: ['10.32.1.2'] },
    { addresses: ['10.32.1.3'], conditions: { ready: false } },
  ]),
  slice('apps/set', [{ addresses: ['10.32.1.2'] }], {
    suffix: 'b',
    ports: [{ name: 'admin', port: 9, protocol: 'TCP' }],
  }),
  namedService('apps/early', { clusterIP: 'None', publishNotReadyAddresses: true }),
  slice('apps/early', [{ addresses: ['10.32.1.4'], conditions: { ready: false } }]),
  namedService('apps/none', { clusterIP: 'None' }),
  slice('apps/none', [{ addresses: ['10.32.1.9'], conditions: { ready: false } }]),
  namedService('apps/portless', { clusterIP: 'None', ports: [] }),
  slice('apps/portless', ['10.32.1.7'], { ports: [] }),
  namedService('apps/out', { type: 'ExternalName', externalName: 'www.example.org' }),
  namedService('apps/address', { type: 'ExternalName', externalName: '192.0.2.1' }),
];

const held = new MemoryHeld();
await held.apply({ upserts: objects, deletions: [] });

const zone = new Zone({ domain: 'cluster.local', ttl: 5, held });
zone.server = '10.152.0.10';

/** The question's records as text, `alias NAME`, or how there is none; read by another codec than the one that wrote them. */
function ask(name: string, type: keyof typeof types, section: 'answers' | 'additionals' = 'answers'): string[] {
  const labels = labelsOf(name);
  const outcome = answer({ labels, type: types[type] }, zone);
  if (outcome.kind === 'alias') return [`alias ${outcome.target.join('.')}`];
  if (outcome.kind === 'elsewhere') return ['elsewhere'];
  const packet = decode(writeReply(queryOf(name, types[type]), outcome.reply, 'tcp'));
  assert.equal(packet.flag_aa, true);
  if (packet.answers.length === 0) {
    // RFC 2308: what is not there may be kept as long as the zone says
    assert.deepEqual(
      packet.authorities.map((each) => [each.name, each.type, each.ttl, (each.data as { minimum: number }).minimum]),
      [['cluster.local', 'SOA', 5, 5]],
    );
    return [packet.rcode === 'NXDOMAIN' ? 'no such name' : 'no such record'];
  }
  assert.equal(packet.rcode, 'NOERROR');
  return packet[section].map(({ name: owner, data, ttl }) => {
    assert.equal(ttl, 5);
    return `${section === 'answers' ? '' : `${owner} `}${textOf(data)}`;
  });
}

function queryOf(name: string, type: number): Query {
  const labels = labelsOf(name);
  const parts = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const question = Buffer.concat([...parts, Buffer.from([0, 0, type, 0, 1])]);
  return { id: 7, flags: 0x0100, labels, type, class: 1, question, edns: undefined };
}

function textOf(data: unknown): string {
  if (typeof data === 'string') return data;
  if (Array.isArray(data)) return data.map(String).join('');
  const { priority, weight, port, target, mname } = data as Record<string, unknown>;
  return mname === undefined ? [priority, weight, port, target].join(' ') : `soa ${mname}`;
}

/** Name, type, answers. */
const table: [string, keyof typeof types, string[]][] = [
  // a Service with addresses of both families
  ['web.default.svc.cluster.local', 'A', ['10.152.1.1']],
  ['web.default.svc.cluster.local', 'AAAA', ['fd00:152::1']],
  ['two.default.svc.cluster.local', 'AAAA', ['no such record']],
  ['web.default.svc.cluster.local', 'TXT', ['no such record']],
  ['nothing.default.svc.cluster.local', 'A', ['no such name']],
  ['web.apps.svc.cluster.local', 'A', ['no such name']],
  // on the way to names
  ['cluster.local', 'A', ['no such record']],
  ['cluster.local', 'SOA', ['soa ns.dns.cluster.local']],
  ['cluster.local', 'NS', ['ns.dns.cluster.local']],
  ['ns.dns.cluster.local', 'A', ['10.152.0.10']],
  ['dns.cluster.local', 'A', ['no such record']],
  ['x.dns.cluster.local', 'A', ['no such name']],
  ['svc.cluster.local', 'A', ['no such record']],
  ['pod.cluster.local', 'A', ['no such record']],
  ['default.svc.cluster.local', 'A', ['no such record']],
  ['nowhere.svc.cluster.local', 'A', ['no such name']],
  ['dns-version.cluster.local', 'TXT', ['1.1.0']],
  ['dns-version.cluster.local', 'A', ['no such record']],
  ['x.dns-version.cluster.local', 'TXT', ['no such name']],
  ['example.com.default.svc.cluster.local', 'A', ['no such name']],
  ['example.com.cluster.local', 'A', ['no such name']],
  // no wildcards
  ['*.default.svc.cluster.local', 'A', ['no such name']],
  ['any.default.svc.cluster.local', 'A', ['no such name']],
  ['_any._tcp.web.default.svc.cluster.local', 'SRV', ['no such name']],
  // ports
  ['_http._tcp.web.default.svc.cluster.local', 'SRV', ['0 100 80 web.default.svc.cluster.local']],
  ['_http._udp.web.default.svc.cluster.local', 'SRV', ['no such name']],
  ['_http._tcp.web.default.svc.cluster.local', 'A', ['no such record']],
  ['_tcp.web.default.svc.cluster.local', 'SRV', ['no such record']],
  ['_x._http._tcp.web.default.svc.cluster.local', 'SRV', ['no such name']],
  ['_dns._udp.two.default.svc.cluster.local', 'SRV', ['0 100 53 two.default.svc.cluster.local']],
  [
    'two.default.svc.cluster.local',
    'SRV',
    ['0 50 53 two.default.svc.cluster.local', '0 50 443 two.default.svc.cluster.local'],
  ],
  ['_._tcp.bare.default.svc.cluster.local', 'SRV', ['no such name']],
  // an endpoint of a Service with an address
  ['10-32-0-5.web.default.svc.cluster.local', 'A', ['10.32.0.5']],
  ['10-32-0-9.web.default.svc.cluster.local', 'A', ['no such name']],
  // headless
  ['set.apps.svc.cluster.local', 'A', ['10.32.1.1', '10.32.1.2']],
  ['set-0.set.apps.svc.cluster.local', 'A', ['10.32.1.1']],
  ['set-0.set.apps.svc.cluster.local', 'AAAA', ['no such record']],
  ['10-32-1-2.set.apps.svc.cluster.local', 'A', ['10.32.1.2']],
  ['10-32-1-1.set.apps.svc.cluster.local', 'A', ['no such name']],
  ['x.set-0.set.apps.svc.cluster.local', 'A', ['no such name']],
  [
    '_http._tcp.set.apps.svc.cluster.local',
    'SRV',
    ['0 50 8080 set-0.set.apps.svc.cluster.local', '0 50 8080 10-32-1-2.set.apps.svc.cluster.local'],
  ],
  ['_admin._tcp.set.apps.svc.cluster.local', 'SRV', ['0 100 9 10-32-1-2.set.apps.svc.cluster.local']],
  ['early.apps.svc.cluster.local', 'A', ['10.32.1.4']],
  ['none.apps.svc.cluster.local', 'A', ['no such name']],
  ['portless.apps.svc.cluster.local', 'A', ['10.32.1.7']],
  ['portless.apps.svc.cluster.local', 'SRV', ['no such record']],
  // names that stand for others
  ['out.apps.svc.cluster.local', 'A', ['alias www.example.org']],
  ['out.apps.svc.cluster.local', 'CNAME', ['www.example.org']],
  ['x.out.apps.svc.cluster.local', 'A', ['no such name']],
  ['address.apps.svc.cluster.local', 'A', ['no such name']],
  // Pods by address
  ['10-32-0-5.default.pod.cluster.local', 'A', ['10.32.0.5']],
  ['10-32-0-5.default.pod.cluster.local', 'AAAA', ['no such record']],
  ['fd00--5.default.pod.cluster.local', 'AAAA', ['fd00::5']],
  ['10-32-0-555.default.pod.cluster.local', 'A', ['no such name']],
  ['x.10-32-0-5.default.pod.cluster.local', 'A', ['no such name']],
  ['default.pod.cluster.local', 'A', ['no such record']],
  // addresses
  ['1.1.152.10.in-addr.arpa', 'PTR', ['web.default.svc.cluster.local']],
  ['1.1.152.10.in-addr.arpa', 'A', ['no such record']],
  ['1.1.32.10.in-addr.arpa', 'PTR', ['set-0.set.apps.svc.cluster.local']],
  ['2.1.32.10.in-addr.arpa', 'PTR', ['10-32-1-2.set.apps.svc.cluster.local']],
  ['3.1.32.10.in-addr.arpa', 'PTR', ['elsewhere']],
  ['5.0.32.10.in-addr.arpa', 'PTR', ['10-32-0-5.web.default.svc.cluster.local']],
  [`1.${'0.'.repeat(19)}2.5.1.0.0.0.d.f.ip6.arpa`, 'PTR', ['elsewhere']],
  [`1.${'0.'.repeat(23)}2.5.1.0.0.0.d.f.ip6.arpa`, 'PTR', ['web.default.svc.cluster.local']],
  ['1.1.1.152.10.in-addr.arpa', 'PTR', ['elsewhere']],
  // not ours
  ['example.org', 'A', ['elsewhere']],
  ['local', 'A', ['elsewhere']],
  ['xcluster.local', 'A', ['elsewhere']],
  ['', 'NS', ['elsewhere']],
];

describe('the names of the cluster', () => {
  for (const [name, type, expected] of table)
    it(`${name || '.'} ${type}: ${expected.join(', ')}`, () => assert.deepEqual(ask(name, type), expected));

  it('tell the addresses of what an SRV record leads to', () => {
    assert.deepEqual(ask('_http._tcp.web.default.svc.cluster.local', 'SRV', 'additionals'), [
      'web.default.svc.cluster.local 10.152.1.1',
      'web.default.svc.cluster.local fd00:152::1',
    ]);
    assert.deepEqual(ask('_http._tcp.set.apps.svc.cluster.local', 'SRV', 'additionals'), [
      'set-0.set.apps.svc.cluster.local 10.32.1.1',
      '10-32-1-2.set.apps.svc.cluster.local 10.32.1.2',
    ]);
  });

  it('take no dot within a label for two labels', () => {
    const labels = ['web.default', 'svc', 'cluster', 'local'];
    const outcome = answer({ labels, type: types.A }, zone);
    assert.ok(outcome.kind === 'reply' && outcome.reply.answers.length === 0);
  });
});

describe('the zone', () => {
  it('follows what changes: endpoints, addresses, a slice that changes hands, and what goes', async () => {
    const own = new MemoryHeld();
    const changing = new Zone({ domain: 'cluster.local', ttl: 5, held: own });
    own.subscribe((change) => changing.update(change));
    const addresses = (name: string): string[] =>
      changing.service('one', name)?.endpoints.map(({ address }) => address) ?? ['gone'];
    const named = (address: string): string[] => [...changing.withAddress(address)].map(({ name }) => name);
    const a = slice('one/a', ['10.0.0.1']);
    await own.apply({ upserts: [a], deletions: [] });
    assert.deepEqual(addresses('a'), ['gone']);
    assert.equal(changing.hasNamespace('one'), false);
    const both = [namedService('one/a', { clusterIP: 'None' }), namedService('one/b', { clusterIP: 'None' })];
    await own.apply({ upserts: both, deletions: [] });
    assert.deepEqual([addresses('a'), addresses('b')], [['10.0.0.1'], []]);
    assert.equal(changing.hasNamespace('one'), true);
    await own.apply({ upserts: [slice('one/a', ['10.0.0.2'])], deletions: [] });
    assert.deepEqual([addresses('a'), named('10.0.0.1'), named('10.0.0.2')], [['10.0.0.2'], [], ['a']]);
    const moved = { ...a, metadata: { ...a.metadata, labels: { 'kubernetes.io/service-name': 'b' } } };
    const before = changing.serial;
    await own.apply({ upserts: [moved], deletions: [] });
    assert.deepEqual([addresses('a'), addresses('b')], [[], ['10.0.0.1']]);
    assert.notEqual(changing.serial, before);
    await own.apply({ upserts: [], deletions: ['endpointslices/one/a-a'] });
    assert.deepEqual([addresses('b'), named('10.0.0.1')], [[], []]);
    await own.apply({ upserts: [], deletions: ['services/one/a', 'services/one/b'] });
    assert.deepEqual([addresses('a'), changing.hasNamespace('one')], [['gone'], false]);
  });
});
