/** What one change of an EndpointSlice costs an agent that serves a thousand Services. */
import { fileURLToPath } from 'node:url';
import { noContainers } from '../support/cluster/available.ts';
import { run } from '../support/coracle.ts';
import { type Benchmark, type Measurement, quantile } from './measurement.ts';
import type { ServiceProxyFigures } from './service-proxy.ts';

const program = fileURLToPath(new URL('./service-proxy.ts', import.meta.url));

async function measure({ short }: { short: boolean }): Promise<Measurement[]> {
  if (noContainers !== false) throw new Error(noContainers);
  const words = ['--net', process.execPath, program, short ? '10' : '100'];
  const { code, stdout, stderr } = await run('unshare', words);
  if (code !== 0) throw new Error(stderr);
  const { start, cpu, time } = JSON.parse(stdout) as ServiceProxyFigures;
  const sorted = (values: readonly number[]): number[] => [...values].sort((one, other) => one - other);
  return [
    { name: 'all of it in place', value: start, unit: 'ms' },
    {
      name: "a change: the agent's CPU, median",
      value: quantile(sorted(cpu), 0.5),
      unit: 'ms',
      target: { is: '<=', value: 50 },
      detail: { p99: quantile(sorted(cpu), 0.99) },
    },
    {
      name: 'a change: until it is in the kernel, median',
      value: quantile(sorted(time), 0.5),
      unit: 'ms',
      detail: { p99: quantile(sorted(time), 0.99) },
    },
  ];
}

/** The benchmark. */
export const services: Benchmark = {
  name: 'services',
  about: '1,000 Services of 10 endpoints each in nftables, and one change after the other',
  run: measure,
};
