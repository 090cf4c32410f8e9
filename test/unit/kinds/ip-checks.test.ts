/** Addresses and ranges of addresses, as fields of the API take them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addressProblem,
  canonicalAddressProblem,
  canonicalCidrProblem,
  cidrProblem,
  isStrictlyWithin,
} from '../../../hub/kinds/ip-checks.ts';
import { changeFaults, faults } from './made.ts';

const noAddress = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const noRange = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const zeros = 'must not have leading 0s in IP or prefix length';
const mapped = 'must not have an IPv4-mapped IPv6 address';
const beyond = 'must not have bits set beyond the prefix length';

describe('addresses', () => {
  const cases: [string, string | undefined][] = [
    ['10.0.0.1', undefined],
    ['2001:DB8:0::1', undefined],
    ['010.0.0.1', 'must not have leading 0s'],
    ['0.0.0.0', undefined],
    ['10.0.0.00', 'must not have leading 0s'],
    ['::ffff:1.2.3.4', 'must not be an IPv4-mapped IPv6 address'],
    ['::ffff:102:304', 'must not be an IPv4-mapped IPv6 address'],
    ['::1.2.3.4', undefined],
    ['300.1.2.3', noAddress],
    ['fe80::1%eth0', noAddress],
    ['', noAddress],
    ['10.0.0.1/8', noAddress],
  ];
  for (const [text, problem] of cases) it(JSON.stringify(text), () => assert.equal(addressProblem(text), problem));

  it('are written in one way only in newer fields', () => {
    assert.equal(canonicalAddressProblem('2001:db8::1'), undefined);
    assert.equal(canonicalAddressProblem('2001:DB8:0::1'), 'must be in canonical form ("2001:db8::1")');
    assert.equal(canonicalCidrProblem('2001:db8:0::/64'), 'must be in canonical form ("2001:db8::/64")');
    assert.equal(canonicalCidrProblem('10.0.0.0/8'), undefined);
  });
});

describe('ranges of addresses', () => {
  const cases: [string, string | undefined][] = [
    ['10.0.0.0/8', undefined],
    ['0.0.0.0/0', undefined],
    ['::/0', undefined],
    ['2001:db8::/64', undefined],
    ['10.0.0.1/32', undefined],
    ['10.0.0.1/8', beyond],
    ['2001:db8::1/64', beyond],
    ['010.0.0.0/8', zeros],
    ['10.0.0.0/08', zeros],
    ['::ffff:10.0.0.0/104', mapped],
    ['10.0.0.0', noRange],
    ['10.0.0.0/33', noRange],
    ['10.0.0.0/8/8', noRange],
    ['10.0.0.0/+8', noRange],
    ['', noRange],
  ];
  for (const [text, problem] of cases) it(JSON.stringify(text), () => assert.equal(cidrProblem(text), problem));

  it('lie within each other only when they are smaller and of one family', () => {
    assert.equal(isStrictlyWithin('10.1.0.0/16', '10.0.0.0/8'), true);
    assert.equal(isStrictlyWithin('10.0.0.0/8', '10.0.0.0/8'), false);
    assert.equal(isStrictlyWithin('11.0.0.0/16', '10.0.0.0/8'), false);
    assert.equal(isStrictlyWithin('::/8', '0.0.0.0/0'), false);
    assert.equal(isStrictlyWithin('2001:db8:1::/48', '2001:db8::/32'), true);
  });

  const policy = (cidr: string, ...except: string[]): Record<string, unknown> => ({
    spec: { ingress: [{ from: [{ ipBlock: { cidr, except } }] }] },
  });
  const block = 'spec.ingress[0].from[0].ipBlock';

  it('of a policy are looked at when they are new', () => {
    assert.deepEqual(
      faults('networking.k8s.io', 'NetworkPolicy', policy('10.0.0.5/24', '10.0.0.0/24', '10.0.0.7/25')),
      [
        `${block}.cidr: Invalid value: "10.0.0.5/24": ${beyond}`,
        `${block}.except[0]: Invalid value: "10.0.0.0/24": must be a strict subset of \`cidr\``,
        `${block}.except[1]: Invalid value: "10.0.0.7/25": ${beyond}`,
      ],
    );
    const before = policy('10.0.0.5/24');
    assert.deepEqual(changeFaults('networking.k8s.io', 'NetworkPolicy', before, before), []);
    assert.deepEqual(changeFaults('networking.k8s.io', 'NetworkPolicy', before, policy('10.0.0.6/24')), [
      `${block}.cidr: Invalid value: "10.0.0.6/24": ${beyond}`,
    ]);
  });

  it('and addresses of a Service are looked at when they are new', () => {
    const spec = { ports: [{ port: 80 }], type: 'LoadBalancer', clusterIP: '10.99.0.9', clusterIPs: ['10.99.0.9'] };
    const bad = { externalIPs: ['01.2.3.4'], loadBalancerSourceRanges: [' 10.0.0.1/8'] };
    const before = { spec: { ...spec, ...bad } };
    assert.deepEqual(faults('', 'Service', before), [
      'spec.externalIPs[0]: Invalid value: "01.2.3.4": must not have leading 0s',
      `spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.1/8": ${beyond}`,
    ]);
    assert.deepEqual(
      changeFaults('', 'Service', before, before).filter((line) => !line.includes('must be a valid IP address')),
      [],
    );
  });

  it('of ServiceCIDRs are one of each family, those of IPAddresses have an owner', () => {
    const ranges = (...cidrs: string[]): string[] => faults('networking.k8s.io', 'ServiceCIDR', { spec: { cidrs } });
    const shown = JSON.stringify({ cidrs: ['10.0.0.0/8', '11.0.0.0/8'] });
    assert.deepEqual(ranges('10.0.0.0/8', '2001:db8::/64'), []);
    assert.deepEqual(ranges('10.0.0.0/8', '11.0.0.0/8'), [
      `spec.cidrs: Invalid value: ${shown}: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64`,
    ]);
    assert.deepEqual(ranges('2001:DB8::/64'), [
      'spec.cidrs[0]: Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")',
    ]);
    assert.deepEqual(
      faults('networking.k8s.io', 'IPAddress', {
        spec: { parentRef: { group: '-', resource: 'a/b', namespace: '..' } },
      }),
      [
        "spec.parentRef.group: Invalid value: \"-\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        'spec.parentRef.resource: Invalid value: "a/b": may not contain \'/\'',
        'spec.parentRef.name: Required value',
        'spec.parentRef.namespace: Invalid value: "..": may not be \'..\'',
      ],
    );
  });
});
