/** What the standalone binaries take of a device: size, time to say their version, and idle memory, disk and uplink. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createNetworkNamespace, type NetworkNamespace } from '../support/network-namespace.ts';
import { type Benchmark, type Measurement, quantile } from './measurement.ts';
import { pause, type Usage, usage } from './usage.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(project, 'dist', `linux-${process.arch}`);
const run = promisify(execFile);

/** Bytes the hub's end of the cable to the node has received: all of a node's uplink, Ethernet's own included. */
const received = (): number => Number(readFileSync(`/sys/class/net/cor${process.pid}/statistics/rx_bytes`, 'utf8'));

const atMost = (name: string, value: number, unit: string, limit: number): Measurement => ({
  name,
  value,
  unit,
  target: { is: '<=', value: limit },
});

async function version(): Promise<Measurement> {
  const times: number[] = [];
  for (let round = 0; round < 11; round += 1) {
    const began = performance.now();
    await run(join(folder, 'coracle'), ['version']);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return atMost('coracle version, median', quantile(times, 0.5), 'ms', 150);
}

/** Compressed as a package would be. */
async function packedSize(name: string): Promise<Measurement> {
  const { stdout } = await run('xz', ['--compress', '--keep', '--stdout', '--threads=0', join(folder, name)], {
    encoding: 'buffer',
    maxBuffer: 2 ** 28,
  });
  return atMost(`${name}: xz-compressed`, stdout.length / 1e6, 'MB', 45);
}

function onDisk(): Measurement {
  const units = join(project, 'configs', 'systemd');
  const files = [
    ...['coracle', 'coracle-hub'].map((name) => join(folder, name)),
    ...readdirSync(units).map((name) => join(units, name)),
  ];
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  return { name: 'both binaries and units on disk', value: bytes / 1e6, unit: 'MB' };
}

const pidOf = (dir: string, daemon: string): number =>
  (JSON.parse(readFileSync(join(dir, daemon, 'run.json'), 'utf8')) as { pid: number }).pid;

/** A hub on this machine, a node at the other end of a cable, and what both take while nothing happens. */
async function idle(network: NetworkNamespace, short: boolean): Promise<Measurement[]> {
  const dirs = [mkdtempSync(join(tmpdir(), 'coracle-hub-')), mkdtempSync(join(tmpdir(), 'coracle-node-'))] as const;
  const [hub, node] = dirs;
  const coracle = join(folder, 'coracle');
  const ports = ['--api-port', '0', '--join-port', '0', '--mqtt-port', '0'];
  const env = { ...process.env, MALLOC_ARENA_MAX: '1' };
  const inside = (...args: string[]) => {
    const [program = '', ...words] = [...network.within, coracle, ...args, '--data-dir', node];
    return run(program, words, { env });
  };
  try {
    await run(coracle, ['start', '--no-agent', '--data-dir', hub, '--bind-address', network.outside, ...ports], {
      env,
    });
    const offer = await run(coracle, ['add-node', '--data-dir', hub, '--format', 'json']);
    const [url = ''] = (JSON.parse(offer.stdout) as { urls: string[] }).urls;
    await inside('join', url, '--node-name', 'edge', '--runtime', 'process');
    // what starting took is given back after half a minute
    await pause(short ? 40 : 60);
    const pids = [pidOf(hub, 'hub'), pidOf(node, 'agent')] as const;
    const seconds = short ? 60 : 600;
    const before = { usage: pids.map(usage), received: received() };
    await pause(seconds);
    const [ofHub, ofAgent] = pids.map(usage) as [Usage, Usage];
    const bits = (received() - before.received) * 8;
    const written = (now: Usage, at: number): number =>
      (((now.written - (before.usage[at]?.written ?? 0)) / seconds) * 3600) / 1e6;
    return [
      atMost('agent: resident memory, idle', ofAgent.resident / 1e6, 'MB', 65),
      atMost('hub: resident memory, idle', ofHub.resident / 1e6, 'MB', 110),
      atMost('uplink of an idle node, on the wire', bits / 1000 / seconds, 'kbit/s', 0.1),
      atMost('hub: written to disk, idle', written(ofHub, 0), 'MB/h', 1),
      atMost('agent: written to disk, idle', written(ofAgent, 1), 'MB/h', 0.2),
    ];
  } finally {
    if (existsSync(join(node, 'agent'))) await inside('leave').catch(() => {});
    await run(coracle, ['stop', '--data-dir', hub]).catch(() => {});
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  }
}

export const binaries: Benchmark = {
  name: 'binaries',
  about: 'the standalone binaries: size, start, and what they take of an idle device',
  async run({ short }) {
    if (!existsSync(folder)) throw new Error(`${folder} is missing: npm run package -- --architecture ${process.arch}`);
    const network = createNetworkNamespace();
    if (typeof network === 'string') throw new Error(network);
    try {
      const packed = short ? [] : [await packedSize('coracle'), await packedSize('coracle-hub')];
      return [await version(), onDisk(), ...packed, ...(await idle(network, short))];
    } finally {
      network.remove();
    }
  },
};
