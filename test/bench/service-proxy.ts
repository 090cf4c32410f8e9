/**
 * A service proxy with a thousand Services of ten endpoints each, programming the kernel of the network namespace it is started
 * in; prints one line of JSON: milliseconds until all of it was in place, and of each change the agent's CPU and the time.
 */
import { createRulesetWatch } from '../../agent/network/ruleset-watch.ts';
import { listSets, runNft } from '../../agent/network/nft.ts';
import { createServiceProxy } from '../../agent/network/services/service-proxy.ts';
import type { EndpointSlice } from '../../hub/api/endpoint-slice.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { MemoryHeld } from '../support/memory-held.ts';
import { endpointOn, serviceObject, sliceObject } from '../support/service-objects.ts';

/** What it prints. */
export interface ServiceProxyFigures {
  readonly start: number;
  readonly cpu: readonly number[];
  readonly time: readonly number[];
}

const services = 1000;
const endpoints = 10;
const changes = Number(process.argv[2] ?? 50);

const low = (at: number): string => `${at >> 8}.${at & 255}`;

function slice(at: number, count: number): EndpointSlice {
  const ends = Array.from({ length: count }, (_, index) => endpointOn(`node${index}`, `10.${32 + index}.${low(at)}`));
  return sliceObject(`service-${at}`, ends, {
    metadata: {
      namespace: 'default',
      name: `service-${at}-x`,
      labels: { 'kubernetes.io/service-name': `service-${at}` },
    },
  });
}

const held = new MemoryHeld();
const all = Array.from({ length: services }, (_, at) => [
  serviceObject(`service-${at}`, { clusterIP: `10.152.${low(at)}` }),
  slice(at, endpoints),
]);
await held.apply({ upserts: all.flat() as unknown as KubeObject[], deletions: [] });

let programmed = (): void => {};
const rules = createRulesetWatch({
  async run(commands, begun) {
    await runNft(commands, begun);
    programmed();
  },
  clock: systemClock,
  log: silentLog,
});
const proxy = createServiceProxy({
  ...{ node: 'node0', held, rules, listSets, clock: systemClock, log: silentLog },
  flows: { list: async () => '', forget: async () => {} },
  sandboxes: async () => [],
  prepare: async () => {},
  changed: () => {},
});
await rules.start?.();
const began = performance.now();
await proxy.start?.();
const start = performance.now() - began;
const trouble = proxy.trouble();
if (trouble !== undefined) throw new Error(trouble.message);

const figures: { start: number; cpu: number[]; time: number[] } = { start, cpu: [], time: [] };
for (let count = 0; count < changes; count += 1) {
  const before = process.cpuUsage();
  const at = performance.now();
  const done = new Promise<void>((resolve) => {
    programmed = resolve;
  });
  const change = slice(count, endpoints - 1) as unknown as KubeObject;
  await held.apply({ upserts: [change], deletions: [] });
  await done;
  figures.time.push(performance.now() - at);
  // what the watcher prints about it is read too
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { user, system } = process.cpuUsage(before);
  figures.cpu.push((user + system) / 1000);
}
await proxy.stop?.();
await rules.stop?.();
process.stdout.write(`${JSON.stringify(figures)}\n`);
