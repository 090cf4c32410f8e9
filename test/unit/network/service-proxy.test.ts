/** The service proxy over a kernel that writes down what it is told. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { NftMissing } from '../../../agent/network/nft.ts';
import { createServiceProxy, type ServiceProxy } from '../../../agent/network/services/service-proxy.ts';
import type { SandboxObservation } from '../../../agent/runtime/sandbox.ts';
import type { Flows } from '../../../agent/network/services/stale-flows.ts';
import type { Endpoint } from '../../../hub/api/endpoint-slice.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { eventually } from '../../support/eventually.ts';
import { MemoryHeld } from '../../support/memory-held.ts';
import { endpointOn, serviceObject, sliceObject } from '../../support/service-objects.ts';

interface Stage {
  readonly proxy: ServiceProxy;
  readonly held: MemoryHeld;
  /** What the kernel was told, in order. */
  readonly ran: string[];
  readonly forgotten: Flows[];
  /** The flows the kernel has at start. */
  readonly listed: string[];
  /** JSON of the sets it has. */
  readonly sets: string[];
  readonly warnings: string[];
  sandboxes: SandboxObservation[];
  /** What it answers next, as long as it is set. */
  refusal: Error | undefined;
  /** Somebody else changed the table. */
  touch(): void;
}

function stage(test: TestContext): Stage {
  const held = new MemoryHeld();
  let touched = (): void => {};
  const made: Omit<Stage, 'proxy'> = {
    ...{ held, ran: [], forgotten: [], listed: [], sets: [], warnings: [], sandboxes: [], refusal: undefined },
    touch: () => touched(),
  };
  const warn = (_fields: object, message: string): void => void made.warnings.push(message);
  const proxy = createServiceProxy({
    ...{ node: 'n1', held, clock: systemClock, log: { ...silentLog, warn } },
    rules: {
      name: 'rules',
      async run(commands) {
        if (stageOf.refusal !== undefined) throw stageOf.refusal;
        made.ran.push(commands);
      },
      watch(_name, changed) {
        touched = changed;
        return () => {};
      },
    },
    sandboxes: async () => made.sandboxes,
    prepare: async () => {},
    listSets: async () => made.sets.join(''),
    flows: { list: async () => made.listed.join('\n'), forget: async (flows) => void made.forgotten.push(...flows) },
    changed: () => {},
  });
  const stageOf: Stage = Object.assign(made, { proxy });
  test.after(() => proxy.stop?.());
  return stageOf;
}

const objects = (...all: unknown[]): { upserts: KubeObject[]; deletions: [] } => ({
  upserts: all as KubeObject[],
  deletions: [],
});

const last = ({ ran }: Stage): string => ran.at(-1) ?? '';

describe('the service proxy', () => {
  it('leads to Pods of its own node where they are now, whatever what is held says', async (test) => {
    const on = stage(test);
    const at = (uid: string, address: string, createdAt: number): SandboxObservation => ({
      ...{ uid, namespace: 'default', name: uid, ready: true, createdAt, addresses: [address] },
    });
    const endpoint = (uid: string, ip: string): Endpoint => endpointOn('n1', ip, { targetRef: { kind: 'Pod', uid } });
    const endpoints = [endpoint('a', '10.0.0.1'), endpoint('b', '10.0.0.2'), endpointOn('n2', '10.0.1.1')];
    await on.held.apply(objects(serviceObject('web'), sliceObject('web', endpoints)));
    await on.proxy.start?.();
    assert.match(last(on), /10\.0\.0\.1 .* 10\.0\.0\.2 .* 10\.0\.1\.1/);
    on.sandboxes = [at('b', '10.0.0.9', 1), at('b', '10.0.0.1', 2), at('c', '10.0.0.3', 1)];
    await on.proxy.placed('c');
    assert.equal(on.ran.length, 1);
    await on.proxy.placed('b');
    on.sandboxes = [...on.sandboxes, at('a', '10.0.0.4', 3)];
    await on.proxy.placed('a');
    await eventually('the change', () => /map \{ 0 : 10\.0\.0\.1 .* 10\.0\.0\.4 .* 10\.0\.1\.1 /.test(last(on)));
    assert.doesNotMatch(last(on).split('\n').at(-2) ?? '', /10\.0\.0\.2 /);
  });

  it('replaces the table at start by what is held, and changes only what is different', async (test) => {
    const on = stage(test);
    await on.held.apply(objects(serviceObject('web'), sliceObject('web', [endpointOn('n1', '10.0.0.1')])));
    await on.proxy.start?.();
    assert.equal(on.ran.length, 1);
    assert.match(last(on), /^add table inet coracle_services\ndelete table inet coracle_services\n/);
    assert.match(last(on), /10\.152\.0\.9 \. tcp \. 80 : goto cluster-default\/web\/tcp\/http/);
    assert.deepEqual([on.proxy.serves('default/web'), on.proxy.serves('default/other')], [true, false]);
    await on.held.apply(objects(sliceObject('web', [endpointOn('n1', '10.0.0.1'), endpointOn('n2', '10.0.0.2')])));
    await eventually('the change', () => on.ran.length === 2);
    assert.deepEqual(last(on).trim().split('\n'), [
      'flush chain inet coracle_services cluster-default/web/tcp/http',
      'add rule inet coracle_services cluster-default/web/tcp/http meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.0.0.1 . 8080, 1 : 10.0.0.2 . 8080 }',
    ]);
    await on.held.apply({ upserts: [], deletions: ['endpointslices/default/web-x', 'services/default/web'] });
    await eventually('the end of the Service', () =>
      /delete element .* 10\.152\.0\.9 \. tcp \. 80/.test(on.ran.join()),
    );
    assert.equal(on.proxy.serves('default/web'), false);
  });

  it('programs together what comes together', async (test) => {
    const on = stage(test);
    await on.proxy.start?.();
    for (let at = 0; at < 20; at += 1)
      await on.held.apply(objects(serviceObject(`web${at}`, { clusterIP: `10.152.1.${at}` })));
    await eventually('the last Service', () => on.ran.join().includes('10.152.1.19 . tcp'));
    assert.equal(on.ran.length, 2);
  });

  it('knows Pods of this node by its ranges, and its zone from its labels', async (test) => {
    const on = stage(test);
    const hints = { hints: { forZones: [{ name: 'east' }] } };
    const ends = [
      endpointOn('n2', '10.0.0.1', hints),
      endpointOn('n3', '10.0.0.2', { hints: { forZones: [{ name: 'west' }] } }),
    ];
    await on.held.apply(objects(serviceObject('web'), sliceObject('web', ends)));
    await on.proxy.start?.();
    assert.match(last(on), /mod 2 map/);
    const labels = { 'topology.kubernetes.io/zone': 'east' };
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n1', labels },
      spec: { podCIDRs: ['10.32.4.0/24'] },
    };
    await on.held.apply(objects(node));
    await eventually('the change', () => on.ran.length === 2);
    assert.match(last(on), /dnat ip to 10\.0\.0\.1:8080\n/);
    assert.match(last(on), /add element inet coracle_services pod_ranges4 { 10\.32\.4\.0\/24 }/);
  });

  it('puts everything back when somebody else changed the table', async (test) => {
    const on = stage(test);
    await on.held.apply(objects(serviceObject('web')));
    await on.proxy.start?.();
    on.touch();
    await eventually('the table to be back', () => on.ran.length === 2);
    assert.equal(on.ran[0], on.ran[1]);
  });

  it('keeps clients with their endpoints when it replaces the table', async (test) => {
    const on = stage(test);
    const set = (ip: string): string => `affinity10800-default/web/tcp/http__${ip}/8080`;
    const elem = [{ elem: { val: '10.0.0.9', expires: 77 } }, { elem: { val: '10.0.0.8', expires: 0 } }, '10.0.0.7'];
    const names = [set('10.0.0.1'), set('10.0.0.2'), 'cluster_ips4'];
    on.sets.push(JSON.stringify({ nftables: [{ metainfo: {} }, ...names.map((name) => ({ set: { name, elem } }))] }));
    const sticky = serviceObject('web', { sessionAffinity: 'ClientIP' });
    await on.held.apply(objects(sticky, sliceObject('web', [endpointOn('n1', '10.0.0.1')])));
    await on.proxy.start?.();
    const again = last(on).match(/^add element .* expires .*$/gm);
    assert.deepEqual(again, [`add element inet coracle_services ${set('10.0.0.1')} { 10.0.0.9 expires 77s }`]);
  });

  it('goes on without nft and says what to install', async (test) => {
    const on = stage(test);
    on.refusal = new NftMissing();
    await on.proxy.start?.();
    const { reason, message = '' } = on.proxy.trouble() ?? {};
    assert.equal(reason, 'NftMissing');
    assert.match(message, /apt-get install nftables/);
    assert.equal(on.proxy.serves('default/web'), false);
    on.refusal = undefined;
    await on.held.apply(objects(serviceObject('web')));
    await eventually('it to work', () => on.proxy.trouble() === undefined);
  });

  it('tries again when the kernel refuses', async (test) => {
    const on = stage(test);
    on.refusal = new Error('nft: no');
    await on.proxy.start?.();
    assert.deepEqual(on.proxy.trouble(), {
      reason: 'ServicesNotProgrammed',
      message: 'Services cannot be programmed: nft: no',
    });
    on.refusal = undefined;
    await eventually('it to work', () => on.proxy.trouble() === undefined);
    assert.equal(on.ran.length, 1);
  });

  it('makes the kernel forget UDP flows to endpoints that are gone', async (test) => {
    const on = stage(test);
    const dns = serviceObject('dns', { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] });
    await on.held.apply(objects(dns, sliceObject('dns', [endpointOn('n1', '10.0.0.1'), endpointOn('n1', '10.0.0.2')])));
    const flow = (to: string, from: string): string =>
      `udp      17 29 src=10.0.0.9 dst=${to} sport=4000 dport=53 [UNREPLIED] src=${from} dst=10.0.0.9 sport=8053 dport=4000 mark=0 use=1`;
    on.listed.push(flow('10.152.0.9', '10.0.0.2'), flow('10.152.0.9', '10.0.0.7'), flow('10.152.0.8', '10.0.0.6'));
    await on.proxy.start?.();
    assert.deepEqual(on.forgotten.splice(0), [{ kind: 'endpoint', ip: '10.0.0.7', port: 8053 }]);
    await on.held.apply(objects(sliceObject('dns', [endpointOn('n1', '10.0.0.2')])));
    await eventually('the flows to be forgotten', () => on.forgotten.length > 0);
    assert.deepEqual(on.forgotten, [{ kind: 'endpoint', ip: '10.0.0.1', port: 8053 }]);
  });

  it('says once of a Service that its SCTP ports are left out', async (test) => {
    const on = stage(test);
    const sctp = serviceObject('calls', { ports: [{ port: 80, protocol: 'SCTP' }] });
    await on.held.apply(objects(sctp));
    await on.proxy.start?.();
    await on.held.apply(objects(sctp, sliceObject('calls', [])));
    await on.held.apply(objects(serviceObject('web')));
    await eventually('the other Service', () => on.ran.join().includes('default/web') || on.ran.length > 1);
    assert.deepEqual(on.warnings, ['ports of protocol SCTP are not served on this node']);
  });
});
