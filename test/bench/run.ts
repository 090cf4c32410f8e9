/** Runs the benchmarks named on the command line (all without names) one after the other. */
import { cpus, totalmem } from 'node:os';
import { columns } from '../../agent/cli/terminal.ts';
import { api } from './api.ts';
import { binaries } from './binaries.ts';
import { dns } from './dns.ts';
import { footprint } from './footprint.ts';
import { type Benchmark, type Measurement, met, rounded } from './measurement.ts';
import { network } from './network.ts';
import { podStart } from './pod-start.ts';
import { reconnect } from './reconnect.ts';
import { scale, vast } from './scale.ts';
import { scheduler } from './scheduler.ts';
import { services } from './services.ts';
import { store } from './store.ts';

const benchmarks: readonly Benchmark[] = [
  store,
  scheduler,
  api,
  footprint,
  podStart,
  reconnect,
  dns,
  services,
  network,
  scale,
  vast,
  binaries,
];

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const short = process.argv.includes('--short');
const unknown = names.filter((name) => !benchmarks.some((one) => one.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark "${unknown.join('", "')}"; there are ${benchmarks.map((one) => one.name).join(', ')}\n`,
  );
  process.exit(2);
}

const results: (Measurement & { benchmark: string; met: boolean })[] = [];
for (const benchmark of benchmarks) {
  if (names.length > 0 ? !names.includes(benchmark.name) : benchmark.onlyNamed === true) continue;
  process.stderr.write(`▶ ${benchmark.name}: ${benchmark.about}\n`);
  for (const measurement of await benchmark.run({ short })) {
    results.push({ benchmark: benchmark.name, ...measurement, met: met(measurement) });
  }
}

const head = ['benchmark', 'figure', 'value', 'unit', 'target', ''];
const rows = results.map(({ benchmark, name, value, unit, target, met: good }) => [
  benchmark,
  name,
  String(rounded(value)),
  unit,
  target === undefined ? '' : `${target.is} ${target.value}`,
  target === undefined ? '' : good ? 'met' : 'MISSED',
]);
const cpu = cpus();
const machine = { cpu: cpu[0]?.model ?? '', cores: cpu.length, memory: totalmem(), node: process.versions.node };
process.stdout.write(`\n${columns([head, ...rows]).join('\n')}\n\n`);
process.stdout.write(`${JSON.stringify({ machine, short, results }, null, 1)}\n`);
