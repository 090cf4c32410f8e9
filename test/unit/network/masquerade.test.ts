/** The rules at the edge of the cluster: which host ports there are, and what is programmed of them. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { hostPorts } from '../../../agent/network/masquerade/host-ports.ts';
import { createMasquerade, type Masquerade } from '../../../agent/network/masquerade/masquerade.ts';
import { makeMasqueradeTable } from '../../../agent/network/masquerade/masquerade-table.ts';
import { NftMissing } from '../../../agent/network/nft.ts';
import type { SandboxObservation } from '../../../agent/runtime/sandbox.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { MemoryHeld } from '../../support/memory-held.ts';
import { podObject } from '../../support/objects.ts';
import { tempDir } from '../../support/temp-dir.ts';

function pod(name: string, ports: Record<string, unknown>[], spec: Record<string, unknown> = {}): Pod {
  const made = podObject(name, { containers: [{ name: 'main', image: 'x', ports }], ...spec });
  return { ...made, metadata: { ...made.metadata, uid: name, resourceVersion: '1' } } as unknown as Pod;
}

const sandbox = (uid: string, address: string, rest: Partial<SandboxObservation> = {}): SandboxObservation => ({
  ...{ uid, namespace: 'default', name: uid, ready: true, createdAt: 1, addresses: [address] },
  ...rest,
});

const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', resourceVersion: '1' } };
const own = { ...node, spec: { podCIDRs: ['10.32.1.0/24'] } } as unknown as KubeObject;

describe('host ports', () => {
  const http = { containerPort: 80, hostPort: 8080 };

  it('differ by address, port and protocol', () => {
    const pods = [
      pod('a', [http, { ...http, protocol: 'UDP' }]),
      pod('b', [{ ...http, hostIP: '127.0.0.1' }, { containerPort: 81 }]),
    ];
    const found = hostPorts(pods, [sandbox('a', '10.32.1.2'), sandbox('b', '10.32.1.3')], ['192.0.2.1']);
    assert.deepEqual(found, [
      { protocol: 'tcp', hostAddress: '', hostPort: 8080, address: '10.32.1.2', port: 80 },
      { protocol: 'udp', hostAddress: '', hostPort: 8080, address: '10.32.1.2', port: 80 },
      { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, address: '10.32.1.3', port: 80 },
    ]);
    const { sets } = makeMasqueradeTable({ own: [], cluster: [], nodeAddresses: [], hostPorts: found });
    assert.deepEqual(
      [...(sets.get('host_ports4')?.elements ?? [])],
      [
        ['tcp . 8080', '10.32.1.2 . 80'],
        ['udp . 8080', '10.32.1.2 . 80'],
      ],
    );
    assert.deepEqual([...(sets.get('host_ports_at4')?.elements ?? [])], [['127.0.0.1 . tcp . 8080', '10.32.1.3 . 80']]);
  });

  it('are none of Pods in the node’s network, nor of sandboxes that have ended', () => {
    const pods = [pod('a', [http], { hostNetwork: true }), pod('b', [http]), pod('c', [http])];
    const sandboxes = [
      sandbox('a', '192.0.2.1'),
      sandbox('b', '10.32.1.3', { ready: false }),
      sandbox('c', '192.0.2.1'),
      sandbox('gone', '10.32.1.9'),
    ];
    assert.deepEqual(hostPorts(pods, sandboxes, ['192.0.2.1']), []);
  });

  it('are the newer Pod’s where two want one', () => {
    const sandboxes = [sandbox('b', '10.32.1.3', { createdAt: 2 }), sandbox('a', '10.32.1.2')];
    const found = hostPorts([pod('a', [http]), pod('b', [http])], sandboxes, []);
    const { sets } = makeMasqueradeTable({ own: [], cluster: [], nodeAddresses: [], hostPorts: found });
    assert.equal(sets.get('host_ports4')?.elements.get('tcp . 8080'), '10.32.1.3 . 80');
  });

  it('keep the families apart', () => {
    const all = sandbox('a', '10.32.1.2', { addresses: ['10.32.1.2', 'fd00:1::2'] });
    const found = hostPorts([pod('a', [http, { ...http, hostPort: 81, hostIP: '::1' }])], [all], []);
    const { sets } = makeMasqueradeTable({ own: [], cluster: [], nodeAddresses: [], hostPorts: found });
    assert.deepEqual([...(sets.get('host_ports6')?.elements.keys() ?? [])], ['tcp . 8080']);
    assert.deepEqual([...(sets.get('host_ports_at6')?.elements.keys() ?? [])], ['::1 . tcp . 81']);
    assert.equal(sets.get('host_ports_at4')?.elements.size, 0);
  });
});

interface Stage {
  masquerade: Masquerade;
  held: MemoryHeld;
  ran: string[];
  touch: () => void;
}

function stage(test: TestContext, sandboxes: () => SandboxObservation[], run?: () => Promise<void>): Stage {
  const held = new MemoryHeld();
  const ran: string[] = [];
  let touch = (): void => {};
  const rules = {
    name: 'rules',
    run: async (commands: string): Promise<void> => {
      ran.push(commands);
      await run?.();
    },
    watch(_: string, changed: () => void) {
      touch = changed;
      return () => {};
    },
  };
  const masquerade = createMasquerade({
    ...{ node: 'n1', held: () => held, rules, clock: systemClock, log: silentLog, sysctls: tempDir(test) },
    sandboxes: async () => sandboxes(),
    nodeAddresses: () => ['192.0.2.1'],
    changed() {},
  });
  test.after(() => masquerade.stop?.());
  return { masquerade, held, ran, touch: () => touch() };
}

describe('the edge of the cluster', () => {
  it('is programmed whole first, then by what differs, and whole again when somebody changed it', async (test) => {
    const sandboxes: SandboxObservation[] = [];
    const { masquerade, held, ran, touch } = stage(test, () => sandboxes);
    await held.apply({ upserts: [own], deletions: [] });
    await masquerade.start?.();
    assert.match(ran[0] ?? '', /delete table inet coracle_masquerade/);
    assert.match(ran[0] ?? '', /add element inet coracle_masquerade own_ranges4 \{ 10\.32\.1\.0\/24 \}/);
    await held.apply({ upserts: [pod('a', [{ containerPort: 80, hostPort: 8080 }]) as never], deletions: [] });
    sandboxes.push(sandbox('a', '10.32.1.2'));
    await masquerade.open('a');
    assert.equal(ran.at(-1), 'add element inet coracle_masquerade host_ports4 { tcp . 8080 : 10.32.1.2 . 80 }\n');
    const before = ran.length;
    touch();
    await masquerade.open('a');
    assert.match(ran.slice(before).join(), /delete table inet coracle_masquerade/);
  });

  it('says which program is missing', async (test) => {
    const { masquerade } = stage(
      test,
      () => [],
      () => Promise.reject(new NftMissing()),
    );
    await masquerade.start?.();
    assert.equal(masquerade.trouble()?.reason, 'NftMissing');
    assert.match(masquerade.trouble()?.message ?? '', /apt-get install nftables/);
  });
});
