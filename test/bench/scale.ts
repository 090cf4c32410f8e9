/** A big cluster in one hub: 150,000 Pods on 5,000 simulated nodes, with controllers and scheduler at work. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startHub, stayingCoracle, type TestHub } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { LoadClient, series } from './load-client.ts';
import type { Benchmark, Measurement } from './measurement.ts';
import { lists, type Target } from './scale/lists.ts';
import { underLoad } from './scale/load.ts';
import { population, type Size } from './scale/population.ts';
import { seed } from './scale/seed.ts';
import { renewLeases } from './scale/simulated-nodes.ts';
import { namespaceName } from './scale/stored.ts';
import { pause, usage } from './usage.ts';

const whole: Size = { namespaces: 50, deploymentsEach: 60, replicas: 50, nodes: 5000 };
const huge: Size = { namespaces: 200, deploymentsEach: 200, replicas: 50, nodes: 6100 };
const small: Size = { namespaces: 20, deploymentsEach: 20, replicas: 25, nodes: 500 };

const megabyte = 1_000_000;
/** A hub that has not started by then, in milliseconds, will not. */
const startLimit = 15 * 60_000;

/** A hub with namespaces furnished and then, while it is away, everything else. */
async function prepare(hub: TestHub, client: LoadClient, size: Size): Promise<{ objects: number; bytes: number }> {
  const made = await series(size.namespaces, 16, (index) =>
    client.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespaceName(index) },
    }),
  );
  if (made.errors > 0) throw new Error(`${made.errors} namespaces could not be made`);
  await eventually('namespaces are furnished', async () => {
    const answer = await client.call('GET', '/api/v1/serviceaccounts?fieldSelector=metadata.name%3Ddefault');
    return (JSON.parse(answer.text()) as { items: unknown[] }).items.length >= size.namespaces;
  });
  await hub.kill('hub');
  const now = new Date().toISOString().replace(/\.\d+Z/, 'Z');
  return seed(join(hub.dir, 'hub', 'state.db'), population(size, now));
}

/** Seconds from the start of the process until /readyz answers and a first list works. */
async function startUp(hub: TestHub, client: LoadClient, args: readonly string[]): Promise<number> {
  const began = performance.now();
  const { ended } = stayingCoracle(['start', '--data-dir', hub.dir, ...args]);
  const answers = async (path: string): Promise<boolean> =>
    (await client.call('GET', path).catch(() => undefined))?.status === 200;
  const ready = eventually(
    'the hub to be ready',
    async () => (await answers('/readyz')) && (await answers('/api/v1/pods?limit=500')),
    startLimit,
  );
  const code = await Promise.race([ended, ready.then(() => undefined)]);
  if (code !== undefined && code !== 0) throw new Error(`coracle start ended with exit code ${code}`);
  await ready;
  const seconds = (performance.now() - began) / 1000;
  await ended;
  return seconds;
}

/** The most memory a process ever had, in bytes. */
function peak(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

async function measure(hub: TestHub, size: Size, args: readonly string[], seconds: number): Promise<Measurement[]> {
  const first = new LoadClient(hub.dir);
  const stored = await prepare(hub, first, size);
  first.close();
  const client = new LoadClient(hub.dir, 256);
  const failures: string[] = [];
  try {
    const started = await startUp(hub, client, args);
    const end = renewLeases(client, size.nodes, (why) => failures.push(why));
    const pid = hub.pid('hub');
    const { cpuSeconds } = usage(pid);
    await pause(5);
    const rested = usage(pid).resident;
    const pods: Target[] = [];
    const listed = await lists(client, pods, () => usage(pid).cpuSeconds);
    const loaded = await underLoad(client, pods, seconds);
    const { resident } = usage(pid);
    end();
    return [
      {
        name: 'start-up with that database',
        value: started,
        unit: 's',
        target: { is: '<=', value: 15 },
        detail: {
          objects: stored.objects,
          megabytes: stored.bytes / megabyte,
          pods: pods.length,
          cpuSecondsOfTheHub: cpuSeconds,
        },
      },
      ...listed,
      ...loaded,
      {
        name: 'resident memory',
        value: resident / megabyte,
        unit: 'MB',
        target: { is: '<=', value: 2500 },
        detail: {
          afterStart: rested / megabyte,
          most: peak(pid) / megabyte,
          leasesFailed: failures.length,
          first: failures[0] ?? '',
        },
      },
    ];
  } finally {
    client.close();
  }
}

async function measured(size: Size, seconds: number): Promise<Measurement[]> {
  const args = ['--no-agent', '--api-port', String(await freePort()), '--join-port', '0', '--mqtt-port', '0'];
  const hub = await startHub(args);
  try {
    return await measure(hub, size, args, seconds);
  } finally {
    await hub.stop();
  }
}

export const scale: Benchmark = {
  name: 'scale',
  about: '150,000 Pods on 5,000 simulated nodes: memory, latency under changes, lists, start-up',
  run: ({ short }) => measured(short ? small : whole, short ? 10 : 40),
};

/** The targets are those of `scale`: what is past them here says how far a hub goes, so none is shown. */
export const vast: Benchmark = {
  name: 'vast',
  about: '2,000,000 Pods on 6,100 simulated nodes: the same; takes 16 GB of memory and 20 GB of disk',
  onlyNamed: true,
  async run({ short }) {
    const figures = await measured(short ? small : huge, short ? 10 : 40);
    return figures.map(({ target: _, ...figure }) => figure);
  },
};
