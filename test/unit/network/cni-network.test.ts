/** The network configuration an agent hands to container runtimes, judged by its files. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createCniNetwork } from '../../../agent/network/cni-network.ts';
import type { PodNetwork } from '../../../agent/network/network.ts';
import type { IpTool } from '../../../agent/network/routes/ip-tool.ts';
import { removeNetwork } from '../../../agent/network/remove-network.ts';
import { createLog } from '../../../hub/base/log.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { MemoryHeld } from '../../support/memory-held.ts';
import { tempDir } from '../../support/temp-dir.ts';

interface Stage {
  network: PodNetwork;
  held: MemoryHeld;
  file: string;
  confDir: string;
  dataDir: string;
  sysctls: string;
  changes: () => number;
}

function stage(test: TestContext, addresses: () => Promise<readonly string[]> = async () => []): Stage {
  const dir = tempDir(test);
  const [confDir, dataDir, sysctls] = [join(dir, 'net.d'), join(dir, 'cni'), join(dir, 'sys')];
  mkdirSync(join(sysctls, 'net/ipv4'), { recursive: true });
  writeFileSync(join(sysctls, 'net/ipv4/ip_forward'), '0\n');
  const held = new MemoryHeld();
  let changes = 0;
  const log = createLog({ level: 'error' });
  const network = createCniNetwork({
    ...{ node: 'n1', held, confDir, dataDir, addresses, clock: systemClock, log, sysctls },
    changed: () => void changes++,
  });
  test.after(() => network.stop?.());
  return {
    network,
    held,
    confDir,
    dataDir,
    sysctls,
    file: join(confDir, '10-coracle.conflist'),
    changes: () => changes,
  };
}

const node = (cidr?: string): never =>
  ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1' },
    spec: cidr === undefined ? {} : { podCIDR: cidr, podCIDRs: [cidr] },
  }) as never;

describe('the Pod network', () => {
  it('is not ready until the hub has given the node a range, and says so', async (test) => {
    const { network, held, file, sysctls, changes } = stage(test);
    await held.apply({ upserts: [node()], deletions: [] });
    await network.start?.();
    assert.match(network.trouble() ?? '', /no range of Pod addresses/);
    assert.equal(existsSync(file), false);
    await held.apply({ upserts: [node('10.32.4.0/24')], deletions: [] });
    await eventually('the network to be ready', () => network.trouble() === undefined);
    assert.equal(changes(), 1);
    assert.equal(readFileSync(join(sysctls, 'net/ipv4/ip_forward'), 'utf8'), '1');
  });

  it('is a bridge with the addresses of the range, kept below the directory of the agent', async (test) => {
    const { network, held, file, dataDir } = stage(test);
    await held.apply({ upserts: [node('10.32.4.0/24')], deletions: [] });
    await network.start?.();
    const list = JSON.parse(readFileSync(file, 'utf8'));
    assert.equal(list.name, 'coracle');
    const [bridge] = list.plugins;
    assert.deepEqual([bridge.type, bridge.isGateway, bridge.hairpinMode, bridge.ipMasq], ['bridge', true, true, false]);
    assert.deepEqual(bridge.ipam, {
      type: 'host-local',
      dataDir,
      ranges: [[{ subnet: '10.32.4.0/24' }]],
      routes: [{ dst: '0.0.0.0/0' }],
    });
  });

  it('follows another range, leaves no drafts, and stays when the agent stops', async (test) => {
    const { network, held, file, confDir } = stage(test);
    await held.apply({ upserts: [node('10.32.4.0/24')], deletions: [] });
    await network.start?.();
    await held.apply({ upserts: [node('10.32.9.0/24')], deletions: [] });
    await eventually('the new range', () => readFileSync(file, 'utf8').includes('10.32.9.0/24'));
    await network.stop?.();
    assert.deepEqual(readdirSync(confDir), ['10-coracle.conflist']);
  });

  it('frees the addresses of Pods that are gone, and only those', async (test) => {
    const { network, dataDir } = stage(test, async () => ['10.32.4.3']);
    const kept = join(dataDir, 'coracle');
    mkdirSync(kept, { recursive: true });
    for (const name of ['10.32.4.2', '10.32.4.3', 'last_reserved_ip.0', 'lock']) writeFileSync(join(kept, name), 'x');
    await network.start?.();
    assert.deepEqual(readdirSync(kept).sort(), ['10.32.4.3', 'last_reserved_ip.0', 'lock']);
  });

  it('frees none while the runtime cannot tell who runs', async (test) => {
    const { network, dataDir } = stage(test, () => Promise.reject(new Error('no runtime')));
    const kept = join(dataDir, 'coracle');
    mkdirSync(kept, { recursive: true });
    writeFileSync(join(kept, '10.32.4.2'), 'x');
    await network.start?.();
    assert.deepEqual(readdirSync(kept), ['10.32.4.2']);
  });

  it('says why it cannot be set up, and is when that ends', async (test) => {
    const { network, held, confDir, file } = stage(test);
    writeFileSync(confDir, 'a file where a directory should be');
    await held.apply({ upserts: [node('10.32.4.0/24')], deletions: [] });
    await network.start?.();
    assert.match(network.trouble() ?? '', /cannot be set up/);
    rmSync(confDir);
    await eventually('the network to be ready', () => network.trouble() === undefined);
    assert.ok(existsSync(file));
  });

  it('is removed by its own agent only', async (test) => {
    const { network, held, file, confDir, dataDir } = stage(test);
    await held.apply({ upserts: [node('10.32.4.0/24')], deletions: [] });
    await network.start?.();
    const done: string[] = [];
    const answers: Record<string, unknown> = {
      '-4 route show': [{ dst: '10.32.5.0/24', gateway: '192.0.2.5', dev: 'eth0', protocol: '67' }],
    };
    const tool: IpTool = {
      read: async (_, words) => answers[words.join(' ')] ?? [],
      async batch(_, commands) {
        done.push(...commands);
        return [];
      },
    };
    const ran: string[] = [];
    const run = async (commands: string): Promise<void> => void ran.push(commands);
    await removeNetwork({ confDir, dataDir: `${dataDir}-other`, tool, run });
    assert.ok(existsSync(file));
    assert.deepEqual(ran, []);
    await removeNetwork({ confDir, dataDir, tool, run });
    assert.match(ran.join(), /delete table inet coracle_services\n/);
    assert.equal(existsSync(file), false);
    assert.deepEqual(done, ['link delete cor0', 'route delete 10.32.5.0/24 dev eth0 proto 67']);
  });
});
