/** What an idle hub and agent take: time to start, time to join, memory, processor, disk. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coracle, startHub, type TestHub } from '../support/coracle.ts';
import type { Benchmark, Measurement } from './measurement.ts';
import { pause, usage } from './usage.ts';

async function idle(name: string, pid: number, seconds: number, limits: { memory: number }): Promise<Measurement[]> {
  const before = usage(pid);
  await pause(seconds);
  const after = usage(pid);
  const perHour = ((after.written - before.written) / seconds) * 3600;
  return [
    {
      name: `${name}: resident memory, idle`,
      value: after.resident / 1e6,
      unit: 'MB',
      target: { is: '<=', value: limits.memory },
    },
    {
      name: `${name}: processor, idle`,
      value: ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100,
      unit: '% of a core',
      target: { is: '<=', value: 1 },
    },
    {
      name: `${name}: written to disk, idle`,
      value: perHour / 1e6,
      unit: 'MB/h',
      ...(name === 'hub' ? { target: { is: '<=' as const, value: 1 } } : {}),
    },
  ];
}

async function timeToJoin(hub: TestHub): Promise<Measurement> {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-node-'));
  try {
    const offer = await coracle(['add-node', '--data-dir', hub.dir, '--format', 'json']);
    const url = (JSON.parse(offer.stdout) as { urls: string[] }).urls[0] ?? '';
    const began = performance.now();
    const joined = await coracle(['join', url, '--data-dir', dir, '--node-name', 'second', '--runtime', 'process']);
    const ready = await coracle(['status', '--data-dir', hub.dir, '--wait-ready', '--timeout', '30']);
    const seconds = (performance.now() - began) / 1000;
    if (joined.code !== 0 || ready.code !== 0) throw new Error(joined.stderr + ready.stdout);
    return { name: 'join to Ready', value: seconds, unit: 's', target: { is: '<=', value: 2 } };
  } finally {
    await coracle(['leave', '--data-dir', dir]);
    rmSync(dir, { recursive: true, force: true });
  }
}

export const footprint: Benchmark = {
  name: 'footprint',
  about: 'cold start, join, and what an idle hub and agent take',
  async run({ short }) {
    const began = performance.now();
    const hub = await startHub(['--runtime', 'process', '--node-name', 'first']);
    const cold = (performance.now() - began) / 1000;
    try {
      const join = await timeToJoin(hub);
      await pause(short ? 5 : 30);
      const seconds = short ? 10 : 120;
      const [hubIdle, agentIdle] = await Promise.all([
        idle('hub', hub.pid('hub'), seconds, { memory: 130 }),
        idle('agent', hub.pid('agent'), seconds, { memory: 75 }),
      ]);
      return [
        { name: 'cold start to a Ready node', value: cold, unit: 's', target: { is: '<=', value: 3 } },
        join,
        ...hubIdle,
        ...agentIdle,
      ];
    } finally {
      await hub.stop();
    }
  },
};
