/**
 * Churn on the standalone binaries: rounds that each end where they began, with agents and the hub killed on the way, until the time
 * is over. In the first quarter the hub dies in every round; then it lives, and what it and the steady node hold must not grow.
 */
import { parseArgs } from 'node:util';
import { Random } from '../../support/fuzz/random.ts';
import { type Bounds, enough, judge, type Sample } from './growth.ts';
import { Site } from './machines.ts';
import { type Cluster, joinHub, nodesReady, playRound, startHub } from './round.ts';

type Daemon = 'hub' | 'steady';
const daemons = ['hub', 'steady'] as const;

const megabyte = 1_000_000;
/** Growth allowed over the rounds after the warm-up, however many they are. */
const bounds: Readonly<Record<Daemon, Bounds>> = {
  hub: { resident: 15 * megabyte, descriptors: 4, threads: 1, disk: 24 * megabyte },
  steady: { resident: 10 * megabyte, descriptors: 4, threads: 1, disk: 2 * megabyte },
};
/**
 * Growth allowed of what is held when garbage is collected, from the first such round to the last. A hub that has just started
 * has its ring of parsed objects (8 MiB), five minutes of history and its compiled code before it.
 */
const heldBounds: Readonly<Record<Daemon, number>> = { hub: 12 * megabyte, steady: 2 * megabyte };

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    short: { type: 'boolean', default: false },
  },
});
const minutes = values.short ? 0 : Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes >= 0) || !Number.isInteger(seed)) throw new Error('--minutes and --seed are numbers');

const shown = (bytes: number): string => `${(bytes / megabyte).toFixed(1)} MB`;
const line = (sample: Sample): string =>
  `${shown(sample.resident)}, ${sample.descriptors} descriptors, ${sample.threads} threads, ${shown(sample.disk)} on disk`;

async function churn(cluster: Cluster): Promise<boolean> {
  const random = new Random(seed);
  const began = Date.now();
  const spent = (): number => (Date.now() - began) / 60_000;
  const samples: Record<Daemon, Sample[]> = { hub: [], steady: [] };
  const held: Record<Daemon, number[]> = { hub: [], steady: [] };
  // twice only: a collection that nobody asked for is what resident memory is to be measured with
  const hold = async (): Promise<void> => {
    for (const name of daemons) held[name].push(await cluster[name].held());
  };
  await startHub(cluster);
  for (const machine of [cluster.killed, cluster.steady]) await joinHub(cluster, machine);
  await nodesReady(cluster, ['killed', 'steady']);
  for (let round = 1; round === 1 || spent() < minutes; round += 1) {
    const warmingUp = spent() < minutes / 4 || values.short;
    const happened = await playRound(cluster, random, { hubDies: warmingUp, short: values.short });
    const now = { hub: cluster.hub.sample(), steady: cluster.steady.sample() };
    process.stdout.write(`round ${round} (${spent().toFixed(1)} min): ${happened.join(', ')}\n`);
    process.stdout.write(`  hub: ${line(now.hub)}; agent: ${line(now.steady)}\n`);
    if (warmingUp) continue;
    // the inspector, once asked, listens from then on: its descriptors are there before the first sample
    if (held.hub.length === 0) await hold();
    else for (const name of daemons) samples[name].push(now[name]);
  }
  await hold();
  // what the hub has kept through all of it opens once more
  await cluster.hub.end('SIGKILL');
  await startHub(cluster);
  await nodesReady(cluster, ['killed', 'steady']);
  return daemons.map((name) => isWithin(name, samples[name], held[name])).every(Boolean);
}

function isWithin(name: Daemon, samples: readonly Sample[], [before = 0, after = 0]: readonly number[]): boolean {
  if (samples.length < enough) {
    process.stdout.write(`${name}: ${samples.length} rounds after the warm-up are too few to judge growth by\n`);
    return true;
  }
  process.stdout.write(`${name}, ${samples.length} rounds after the warm-up:\n`);
  const verdicts = judge(samples, bounds[name]);
  for (const { measure, first, last, most, growth, bound, within } of verdicts) {
    const show = measure === 'resident' || measure === 'disk' ? shown : (value: number) => value.toFixed(1);
    const figures = `${show(first)} to ${show(last)}, at most ${show(most)}; growth ${show(growth)} (at most ${show(bound)})`;
    process.stdout.write(`  ${within ? '✔' : '✖'} ${measure}: ${figures}\n`);
  }
  const keepsTo = after - before <= heldBounds[name];
  const grown = `growth ${shown(after - before)} (at most ${shown(heldBounds[name])})`;
  process.stdout.write(
    `  ${keepsTo ? '✔' : '✖'} held without garbage: ${shown(before)} to ${shown(after)}; ${grown}\n`,
  );
  return keepsTo && verdicts.every(({ within }) => within);
}

if (process.getuid?.() !== 0) throw new Error('churn makes network namespaces: run it as root');
process.stdout.write(`seed ${seed}\n`);
const site = new Site();
try {
  const [steady, killed, guest] = ['steady', 'killed', 'guest'].map((name) => site.addNode(name));
  if (steady === undefined || killed === undefined || guest === undefined) throw new Error('three nodes');
  const within = await churn({ site, hub: site.hub, steady, killed, guest });
  process.exitCode = within ? 0 : 1;
} catch (error) {
  process.stdout.write(`${site.logs()}\nseed ${seed} failed: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await site.remove();
}
