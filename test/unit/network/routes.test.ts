/** The ways to the Pods of other nodes: which they are, and what is done to get there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { desiredRoutes, macOf, type RoutesInput } from '../../../agent/network/routes/desired-routes.ts';
import type { KernelNetwork } from '../../../agent/network/routes/kernel-network.ts';
import { routeChanges } from '../../../agent/network/routes/route-changes.ts';
import { routeTroubles } from '../../../agent/network/routes/route-troubles.ts';
import { machineRoutes } from '../../../hub/base/machine-routes.ts';
import type { NodeNetwork } from '../../../hub/api/node-network.ts';

const other = (name: string, address: string, rest: Partial<NodeNetwork> = {}): NodeNetwork => ({
  apiVersion: 'coracle.io/v1',
  kind: 'NodeNetwork',
  metadata: { name },
  podCIDRs: [`10.32.${name.slice(1)}.0/24`],
  addresses: [address],
  ...rest,
});

const input = (nodes: NodeNetwork[], rest: Partial<RoutesInput> = {}): RoutesInput => ({
  own: { name: 'n1', podCIDRs: ['10.32.1.0/24'], addresses: ['192.0.2.1'], link: '', externalAddress: '' },
  nodes,
  links: [
    { name: 'lan', mtu: 1500, addresses: [{ address: '192.0.2.1', bits: 24 }] },
    { name: 'wan', mtu: 1400, addresses: [{ address: '198.51.100.1', bits: 32 }] },
  ],
  machine: [],
  ...rest,
});

const nothing: KernelNetwork = { links: [], routes: [], machine: [], vxlan: undefined };
const choice = { id: 250, port: 4789 };

describe('the way to a node', () => {
  it('is direct on a network this machine is in itself', () => {
    const { routes, vxlan, podMtu } = desiredRoutes(input([other('n1', '192.0.2.1'), other('n2', '192.0.2.2')]));
    assert.deepEqual(routes, [{ range: '10.32.2.0/24', gateway: '192.0.2.2', device: 'lan' }]);
    assert.deepEqual([vxlan, podMtu], [undefined, 1500]);
  });

  it('is through the overlay to another network, whose packets are smaller', () => {
    const { routes, vxlan, peers, podMtu } = desiredRoutes(input([other('n2', '203.0.113.2')]));
    assert.deepEqual(routes, [{ range: '10.32.2.0/24', gateway: '10.32.2.0', device: 'cor-vxlan' }]);
    assert.deepEqual(vxlan, { mac: macOf('n1'), mtu: 1450, addresses: ['10.32.1.0'] });
    assert.deepEqual(peers, [{ gateways: ['10.32.2.0'], mac: macOf('n2'), address: '203.0.113.2' }]);
    assert.equal(podMtu, 1450);
  });

  it('takes the MTU of the interface that has the node’s address', () => {
    const own = { ...input([]).own, addresses: ['198.51.100.1'] };
    assert.equal(desiredRoutes(input([other('n2', '203.0.113.2')], { own })).podMtu, 1350);
    assert.equal(desiredRoutes(input([other('n2', '2001:db8::2')], { own })).podMtu, 1330);
  });

  it('to another link is over the external addresses, never direct', () => {
    const own = { ...input([]).own, externalAddress: '198.51.100.1' };
    const far = other('n2', '192.0.2.2', { link: 'barn', externalAddress: '203.0.113.9' });
    const { routes, peers } = desiredRoutes(input([far], { own }));
    assert.equal(routes[0]?.device, 'cor-vxlan');
    assert.equal(peers[0]?.address, '203.0.113.9');
  });

  it('is refused, by name, where one of two links cannot be reached', () => {
    const reachable = other('n2', '192.0.2.2', { link: 'barn', externalAddress: '203.0.113.9' });
    const hidden = other('n3', '192.0.2.3', { link: 'shed' });
    const desired = desiredRoutes(input([reachable, hidden]));
    assert.deepEqual(desired.routes, []);
    assert.deepEqual(desired.refused, [
      { node: 'n2', why: 'is on another link, and n1 has no externalAddress' },
      { node: 'n3', why: 'is on another link, and n3 and n1 have no externalAddress' },
    ]);
    const [trouble] = routeTroubles({ desired, complaints: [], after: undefined });
    assert.equal(trouble?.partial, true);
    assert.match(trouble?.message ?? '', /n2 is on another link.*n3 is on another link/);
  });

  it('is none to a node whose Pods have no addresses, or that told no address', () => {
    const nodes = [other('n2', '192.0.2.2', { podCIDRs: [] }), { ...other('n3', ''), addresses: [] }];
    const { routes, refused } = desiredRoutes(input(nodes));
    assert.deepEqual([routes, refused.map(({ node }) => node)], [[], ['n3']]);
  });

  it('is not taken where this machine uses the range itself', () => {
    const machine = [{ range: '10.32.0.0/16', device: 'lan', direct: true }];
    const desired = desiredRoutes(input([other('n2', '192.0.2.2')], { machine }));
    assert.deepEqual(desired.routes, []);
    const [trouble] = routeTroubles({ desired, complaints: [], after: undefined });
    assert.equal(trouble?.reason, 'RangeInUse');
    assert.match(trouble?.message ?? '', /10\.32\.1\.0\/24 is in use here: 10\.32\.0\.0\/16 on lan/);
    const wide = [{ range: '10.0.0.0/8', device: 'lan', direct: false }];
    assert.equal(desiredRoutes(input([other('n2', '192.0.2.2')], { machine: wide })).routes.length, 1);
  });
});

describe('commands', () => {
  const desired = desiredRoutes(input([other('n2', '192.0.2.2'), other('n3', '203.0.113.3')]));
  const [mac1, mac3] = [macOf('n1'), macOf('n3')];
  const settled: KernelNetwork = {
    ...nothing,
    routes: desired.routes,
    vxlan: {
      ...{ mac: mac1, mtu: 1450, id: 250, port: 4789, isUp: true },
      addresses: [{ address: '10.32.1.0', bits: 32 }],
      neighbours: new Map([['10.32.3.0', mac3]]),
      forwarding: new Map([[mac3, '203.0.113.3']]),
    },
  };

  it('make everything, the device first', () => {
    assert.deepEqual(routeChanges(nothing, desired, choice), {
      ip: [
        `link add cor-vxlan address ${mac1} type vxlan id 250 dstport 4789 nolearning`,
        'link set cor-vxlan mtu 1450 up',
        'address add 10.32.1.0/32 dev cor-vxlan',
        `neigh replace 10.32.3.0 lladdr ${mac3} dev cor-vxlan nud permanent`,
        'route replace 10.32.2.0/24 via 192.0.2.2 dev lan proto 67',
        'route replace 10.32.3.0/24 via 10.32.3.0 dev cor-vxlan onlink proto 67',
      ],
      bridge: [`fdb replace ${mac3} dev cor-vxlan dst 203.0.113.3 self permanent`],
    });
  });

  it('are none where nothing differs', () => {
    assert.deepEqual(routeChanges(settled, desired, choice), { ip: [], bridge: [] });
  });

  it('follow a node that has another address, and take away one that has gone', () => {
    const moved = desiredRoutes(input([other('n3', '203.0.113.4')]));
    assert.deepEqual(routeChanges(settled, moved, choice), {
      ip: ['route delete 10.32.2.0/24 dev lan proto 67'],
      bridge: [`fdb replace ${mac3} dev cor-vxlan dst 203.0.113.4 self permanent`],
    });
  });

  it('remove the device when nobody is behind it any more', () => {
    const near = desiredRoutes(input([other('n2', '192.0.2.2'), other('n3', '192.0.2.3')]));
    assert.deepEqual(routeChanges(settled, near, choice), {
      ip: ['route replace 10.32.3.0/24 via 192.0.2.3 dev lan proto 67', 'link delete cor-vxlan'],
      bridge: [],
    });
  });

  it('make the device anew where it is another one', () => {
    const { ip, bridge } = routeChanges(settled, desired, { id: 251, port: 4789 });
    assert.deepEqual(ip.slice(0, 2), [
      'link delete cor-vxlan',
      `link add cor-vxlan address ${mac1} type vxlan id 251 dstport 4789 nolearning`,
    ]);
    assert.equal(ip.filter((line) => line.startsWith('route')).length, 2);
    assert.equal(bridge.length, 1);
  });

  it('leave what this machine has without the cluster', () => {
    const routes = machineRoutes([
      { dst: 'default', gateway: '192.0.2.254', dev: 'lan' },
      { dst: '192.0.2.0/24', dev: 'lan', protocol: 'kernel' },
      { dst: '10.32.1.0/24', dev: 'cor0', protocol: 'kernel' },
      { dst: '10.32.2.0/24', gateway: '192.0.2.2', dev: 'lan', protocol: '67' },
    ]);
    assert.deepEqual(routes, [{ range: '192.0.2.0/24', device: 'lan', direct: true }]);
  });
});

describe('troubles', () => {
  it('name a kernel without vxlan', () => {
    const desired = desiredRoutes(input([other('n3', '203.0.113.3')]));
    const complaints = ['Error: Unknown device type.'];
    const [trouble] = routeTroubles({ desired, complaints, after: nothing });
    assert.equal(trouble?.reason, 'NoVxlan');
    assert.match(trouble?.message ?? '', /load the module vxlan/);
  });
});
