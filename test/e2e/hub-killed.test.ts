/** A hub that is killed under load, again and again (20 times with CORACLE_LONG=1, else 5): nothing acknowledged is lost. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../hub/api/pod.ts';
import { ApiClient } from '../support/api-client.ts';
import { noKubectl, startHub, type TestHub } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { type FleetProcess, fogNodes, startFleetProcess } from '../support/fleet-process.ts';
import { isAlive, processesOf } from '../support/processes.ts';
import { ResumingWatch } from '../support/resuming-watch.ts';
import { chance } from '../support/workloads.ts';
import { WriteLoad } from '../support/write-load.ts';

const rounds = process.env['CORACLE_LONG'] === '1' ? 20 : 5;
const writers = 8;
const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: scaled, namespace: load}
spec:
  replicas: 4
  selector: {matchLabels: {app: scaled}}
  template:
    metadata: {labels: {app: scaled}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: main, image: none, command: [sleep, "100000"]}]
`;

describe(`kill -9 of the hub under load, ${rounds} times`, { skip: noKubectl }, () => {
  let hub: TestHub;
  let fleet: FleetProcess;
  let client: ApiClient;
  let load: WriteLoad;
  let watch: ResumingWatch;
  const random = chance(Number(process.env['CORACLE_SEED'] ?? 1));

  before(async () => {
    hub = await startHub(['--no-agent']);
    fleet = await startFleetProcess(hub, { nodes: fogNodes });
    client = new ApiClient(hub.dir);
    await hub.kubectl(['create', 'namespace', 'load']);
    await hub.kubectl(['apply', '-f', '-'], deployment);
    load = new WriteLoad(client, random);
    watch = new ResumingWatch(client, '/api/v1/namespaces/load/configmaps');
  });
  after(async () => {
    await watch?.stop();
    client?.close();
    await fleet?.stop();
    await hub?.stop();
  });

  const scale = (replicas: number) =>
    client.call('PATCH', '/apis/apps/v1/namespaces/load/deployments/scaled/scale', { spec: { replicas } });
  const pods = async (): Promise<Pod[]> =>
    ((await client.call('GET', '/api/v1/namespaces/load/pods')).body as { items: Pod[] }).items;

  /** Scales up and down until the connection breaks. */
  async function rescale(): Promise<void> {
    while ((await scale(Math.floor(random() * 30))).status !== 0);
  }

  /** A start that is cut off somewhere. */
  async function killWhileStarting(): Promise<void> {
    const start = hub.start(['--no-agent']).then(
      () => 'started',
      () => 'cut off',
    );
    const starting = await eventually('the hub to begin', () =>
      processesOf(hub.dir).find(({ command }) => command.includes('hub/main.ts')),
    );
    const killer = setTimeout(() => process.kill(starting.pid, 'SIGKILL'), random() * 600);
    if ((await start) === 'cut off') return clearTimeout(killer);
    await eventually('the hub to be gone', () => !isAlive(starting.pid));
  }

  /** Exactly `count` Pods, all running, and the fleet runs these, each once, and nothing else. */
  async function settled(count: number): Promise<void> {
    assert.equal((await scale(count)).status, 200);
    await eventually(
      `exactly ${count} Pods`,
      async () => {
        const found = await pods();
        const uids = found
          .filter(({ status }) => status?.phase === 'Running')
          .map(({ metadata }) => metadata.uid ?? '');
        const containers = await fleet.containers();
        return (
          found.length === count &&
          uids.length === count &&
          sameMembers(
            uids,
            containers.map(({ uid }) => uid),
          )
        );
      },
      30_000,
    );
    for (const { pod, attempt } of await fleet.containers()) assert.equal(attempt, 0, `${pod} was started again`);
  }

  it('loses no acknowledged write, makes no Pod twice, and watches go on where they were', async (test) => {
    for (let round = 1; round <= rounds; round++) {
      const enough = load.acknowledged + 30 + Math.floor(random() * 400);
      const working = Promise.all([load.run(writers), rescale()]);
      await Promise.race([working, eventually('writes', () => load.acknowledged >= enough, 30_000)]);
      await hub.kill('hub');
      await working;
      if (round % 2 === 0) await killWhileStarting();
      await hub.start(['--no-agent']);
      assert.deepEqual(await load.settle(), [], `round ${round}`);
      await settled(3 + round);
    }
    await seenAll();
    test.diagnostic(
      `${load.acknowledged} acknowledged writes, ${watch.resumed} watches resumed, ${watch.relists} lists`,
    );
  });

  /** The watch has told every acknowledged write, in order, once, and nothing that is not so. */
  async function seenAll(): Promise<void> {
    const { body } = await client.call('POST', '/api/v1/namespaces/load/configmaps', { metadata: { name: 'last' } });
    await eventually('the watch to see the end', () => watch.last >= Number(body.metadata.resourceVersion));
    const numbers = watch.versions.map(Number);
    assert.ok(
      numbers.every((version, at) => at === 0 || version > (numbers[at - 1] ?? 0)),
      'in order and once',
    );
    const told = new Set(watch.versions);
    assert.deepEqual(
      load.versions.filter((version) => !told.has(version)),
      [],
      'none is missing',
    );
    const list = await client.call('GET', '/api/v1/namespaces/load/configmaps');
    const held = (list.body.items as { metadata: { name: string; resourceVersion: string } }[]).map(({ metadata }) => [
      metadata.name,
      metadata.resourceVersion,
    ]);
    const seen = [...watch.objects.values()].map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    assert.deepEqual(seen.sort(), held.sort(), 'what was told is so');
    assert.equal(watch.relists, 1, 'it never had to list again');
  }
});

function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && new Set([...one, ...other]).size === one.length;
}
