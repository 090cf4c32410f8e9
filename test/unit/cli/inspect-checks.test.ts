/** What `coracle inspect` makes of facts that are hard to bring about. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checks } from '../../../agent/cli/inspect/checks.ts';
import type { Facts } from '../../../agent/cli/inspect/facts.ts';
import { judge } from '../../../agent/cli/inspect/finding.ts';
import { listening } from '../../../agent/cli/inspect/gather-ports.ts';

const now = Date.UTC(2030, 0, 1);
const hour = 3600_000;
const gibi = 1024 ** 3;
const good: Facts = {
  now,
  root: '/var/lib/coracle',
  role: 'node',
  hub: { isMeant: false, isRunning: false },
  agent: { isMeant: true, isRunning: true },
  ports: [],
  addresses: ['192.0.2.9'],
  expected: [],
  certificates: [
    { name: "the node's certificate", file: 'node.json', begin: now - hour, end: now + 1000 * hour, isOfCa: true },
  ],
  disk: { path: '/var/lib/coracle', free: 20 * gibi, size: 32 * gibi, freeFiles: 1e6, files: 2e6 },
  memory: { total: gibi, available: gibi / 2 },
  cgroup: { hasMemory: true, version: 2 },
  runtime: { isWanted: true, socket: '/run/c.sock', answers: true, cniPlugins: '/opt/cni/bin', missing: [] },
  joined: { host: 'hub', port: 25_000, isImpostor: false, time: now, certificateEnd: now + 1000 * hour },
  inotify: { instances: 1024, watches: 65_536 },
  hostname: 'pi-7',
  hasDefaultRoute: true,
  forwarding: true,
  problems: [],
};

/** The first finding of a machine that differs in this from a good one. */
function first(different: Partial<Facts>): string {
  const [finding] = judge({ ...good, ...different }, checks);
  return `${finding?.level}: ${finding?.text}`;
}

describe('inspect', () => {
  it('finds nothing on a good machine', () => {
    assert.deepEqual(
      judge(good, checks).filter(({ level }) => level !== 'ok'),
      [],
    );
    assert.ok(judge(good, checks).length >= 15);
  });

  it('tells the cause before what it causes', () => {
    const findings = judge(
      {
        ...good,
        disk: { ...good.disk, free: 0 },
        agent: { isMeant: true, isRunning: false, lastError: 'no space left' },
        hostname: 'Pi_7',
      },
      checks,
    );
    assert.deepEqual(
      findings.slice(0, 3).map(({ check, level }) => [check, level]),
      [
        ['disk', 'fail'],
        ['daemons', 'fail'],
        ['host name', 'warn'],
      ],
    );
    assert.ok(findings.every(({ level, todo }) => level === 'ok' || todo !== undefined));
  });

  it('compares the clock with the hub’s', () => {
    const joined = { host: 'hub', port: 25_000, isImpostor: false, certificateEnd: now + 1000 * hour };
    assert.match(first({ joined: { ...joined, time: now + 5 * hour } }), /^fail: the clock is off: 5 hours behind/);
    assert.match(first({ joined: { ...joined, time: now - 72 * hour } }), /3 days ahead of the hub's/);
    assert.match(first({ joined: { ...joined, time: now, certificateEnd: now - hour } }), /^fail: expired certificate/);
  });

  it('knows what else breaks a node', () => {
    assert.match(first({ disk: { ...good.disk, freeFiles: 3 } }), /no room for more files/);
    assert.match(first({ disk: { ...good.disk, trouble: 'EROFS: read-only file system' } }), /EROFS/);
    assert.match(first({ forwarding: false }), /IP forwarding is off/);
    assert.match(first({ runtime: { ...good.runtime, missing: ['nft'] } }), /^fail: the program nft is missing/);
    assert.match(first({ runtime: { ...good.runtime, isWanted: false, missing: ['nft'] } }), /^warn/);
    assert.match(first({ hasDefaultRoute: false }), /^warn: there is no default route/);
    assert.match(first({ memory: { total: 2e8, available: 1e8 } }), /^warn: this machine has 190 MiB/);
  });

  it('reads who listens out of the kernel’s table', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:403B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1
   1: 0100007F:403B 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4243 1`;
    assert.deepEqual(listening(table, 0x403b), ['4242']);
    assert.deepEqual(listening(table, 80), []);
  });
});
