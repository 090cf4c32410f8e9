/** What `coracle` starts, keeps, stops and forgets: no process and no file is left that should not be. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { coracle, joinNode, noKubectl, startHub, stayingCoracle, type TestHub } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { assertFailure, assertSuccess } from '../support/outcome.ts';
import { containerPids, isAlive, processesOf } from '../support/processes.ts';

const free = ['--api-port', '0', '--join-port', '0', '--mqtt-port', '0', '--bind-address', '127.0.0.1'];
const sleeper = (node: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: sleeper-${node}}
spec:
  nodeName: ${node}
  terminationGracePeriodSeconds: 2
  containers: [{name: main, image: none, command: [sh, -c, "sleep 100000 & sleep 100000"]}]
`;

/** A directory for a test; whatever runs in it ends with the test. */
function place(test: { after(work: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-place-'));
  test.after(() => {
    for (const { pid } of processesOf(dir)) process.kill(pid, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

async function runSleeper(hub: TestHub, node: string): Promise<void> {
  // a Pod needs its ServiceAccount, which a new namespace gets a moment later
  await eventually('the ServiceAccount', () => hub.kubectl(['get', 'sa', 'default']).catch(() => false as const));
  await hub.kubectl(['apply', '-f', '-'], sleeper(node));
  await hub.kubectl(['wait', '--for=condition=Ready', `pod/sleeper-${node}`, '--timeout=20s']);
}

describe('a hub in the background', { skip: noKubectl }, () => {
  let hub: TestHub;
  after(() => hub?.stop());

  it('shows its data directory in the command lines of its daemons', async () => {
    hub = await startHub(['--runtime', 'process', '--node-name', 'first']);
    await runSleeper(hub, 'first');
    const commands = processesOf(hub.dir).map(({ command }) => command);
    for (const main of ['hub/main.ts', 'agent/main.ts'])
      assert.ok(commands.some((one) => one.includes(main) && one.endsWith(`--data-dir ${hub.dir}`)));
  });

  it('stops with its Pods and leaves no process', async () => {
    assert.equal(containerPids(hub.dir).length, 1);
    const outcome = await coracle(['stop', '--data-dir', hub.dir]);
    assertSuccess(outcome);
    assert.match(outcome.stdout, /Stopped\.\n$/);
    assert.deepEqual(processesOf(hub.dir), []);
    assert.equal((await coracle(['status', '--data-dir', hub.dir])).code, 1);
    assert.match((await coracle(['stop', '--data-dir', hub.dir])).stdout, /Nothing was running\.\n$/);
  });

  it('comes back with the ports, names and Pods it had', async () => {
    const settings = readFileSync(join(hub.dir, 'hub', 'settings.json'), 'utf8');
    await hub.start();
    assert.equal(readFileSync(join(hub.dir, 'hub', 'settings.json'), 'utf8'), settings);
    const run = JSON.parse(readFileSync(join(hub.dir, 'hub', 'run.json'), 'utf8')) as { ports: object };
    assert.deepEqual(run.ports, hub.ports);
    assert.equal(await hub.kubectl(['get', 'nodes', '-o', 'name']), 'node/first\n');
    await hub.kubectl(['wait', '--for=condition=Ready', 'pod/sleeper-first', '--timeout=20s']);
    assert.equal(containerPids(hub.dir).length, 1);
  });

  it('gets back the half that died', async () => {
    const pids = [hub.pid('hub'), hub.pid('agent')];
    await hub.kill('agent');
    await hub.start();
    assert.equal(hub.pid('hub'), pids[0]);
    await hub.kill('hub');
    const agent = hub.pid('agent');
    await hub.start();
    assert.equal(hub.pid('agent'), agent);
    assert.equal(containerPids(hub.dir).length, 1);
  });

  it('is forgotten by reset, also when its daemons died', async () => {
    await hub.kill('hub');
    await hub.kill('agent');
    assert.equal(containerPids(hub.dir).length, 1);
    const outcome = await coracle(['reset', '--data-dir', hub.dir]);
    assertSuccess(outcome);
    assert.match(outcome.stdout, /is empty again/);
    assert.deepEqual(processesOf(hub.dir), []);
    for (const left of ['hub', 'agent', 'kubeconfig']) assert.ok(!existsSync(join(hub.dir, left)), left);
  });
});

describe('coracle start', () => {
  it('twice at once makes one hub', async (test) => {
    const dir = place(test);
    const words = ['start', '--data-dir', dir, ...free, '--runtime', 'process', '--node-name', 'one'];
    const outcomes = await Promise.all([coracle(words), coracle(words)]);
    assert.ok(
      outcomes.some(({ code }) => code === 0),
      outcomes.map(({ stderr }) => stderr).join(),
    );
    const daemons = processesOf(dir).filter(({ command }) => command.includes('main.ts'));
    assert.equal(daemons.length, 2, JSON.stringify(daemons));
    assertSuccess(await coracle(['status', '--data-dir', dir, '--wait-ready', '--timeout', '10']));
    await coracle(['stop', '--data-dir', dir]);
  });

  it('in the foreground ends with Ctrl-C and takes everything along', async (test) => {
    const dir = place(test);
    const words = ['start', '--data-dir', dir, ...free, '--runtime', 'process', '--node-name', 'one', '--foreground'];
    const staying = stayingCoracle(words);
    await staying.until(/coracle is running \(\d+\.\d s\)/);
    assert.equal(processesOf(dir).filter(({ command }) => command.includes('main.ts')).length, 3);
    staying.process.kill('SIGINT');
    assert.equal(await staying.ended, 0);
    assert.deepEqual(processesOf(dir), []);
  });

  it('in the foreground leaves nothing when it is killed', async (test) => {
    const dir = place(test);
    const words = ['start', '--data-dir', dir, ...free, '--runtime', 'process', '--node-name', 'one', '--foreground'];
    const staying = stayingCoracle(words);
    await staying.until(/coracle is running/);
    staying.process.kill('SIGKILL');
    await staying.ended;
    await eventually('its daemons to end', () => processesOf(dir).length === 0);
  });
});

describe('a node', { skip: noKubectl }, () => {
  let hub: TestHub;
  after(() => hub?.stop());

  it('that leaves ends its Pods, forgets the hub, and may be removed', async (test) => {
    hub = await startHub(['--no-agent']);
    const edge = await joinNode(await hub.joinUrl(), 'edge');
    test.after(() => edge.stop());
    await runSleeper(hub, 'edge');
    const status = await coracle(['status', '--data-dir', edge.dir]);
    assertSuccess(status);
    assert.match(status.stdout, /^this machine is node edge of the hub at 127\.0\.0\.1:\d+, its agent runs\n$/);
    const remove = ['remove-node', 'edge', '--data-dir', hub.dir];
    assertFailure(await coracle(remove), 1, /node edge is connected and would come back/, /coracle leave/);
    mkdirSync(join(edge.dir, 'agent', 'local-volumes', 'pvc-1'), { recursive: true });
    const left = await coracle(['leave', '--data-dir', edge.dir]);
    assert.equal(left.code, 0, left.stderr);
    assert.match(left.stderr, /1 volumes of Pods stay in .*local-volumes/);
    assert.deepEqual(processesOf(edge.dir), []);
    assert.deepEqual(readdirSync(join(edge.dir, 'agent')), ['local-volumes']);
    assertSuccess(await coracle(['reset', '--destroy-storage', '--data-dir', edge.dir]));
    assert.ok(!existsSync(join(edge.dir, 'agent')));
    await eventually('the node to be away', async () => (await coracle(remove)).code === 0);
    assert.doesNotMatch(await hub.kubectl(['get', 'nodes', '-o', 'name']), /edge/);
    assertFailure(await coracle(remove), 1, /there is no node "edge"/, /coracle --data-dir \S+ status/);
  });

  it('that is removed by force stays out until it joins again', async (test) => {
    const edge = await joinNode(await hub.joinUrl(), 'wild');
    test.after(() => edge.stop());
    assertSuccess(await coracle(['remove-node', 'wild', '--force', '--data-dir', hub.dir]));
    await edge.kill('agent');
    await edge.start();
    const log = join(edge.dir, 'agent', 'agent.log');
    const tries = (): number => readFileSync(log, 'utf8').split('not connected to the hub').length;
    const before = tries();
    await eventually('the agent to be refused', () => tries() > before, 15_000);
    assert.doesNotMatch(await hub.kubectl(['get', 'nodes', '-o', 'name']), /wild/);
    await coracle(['leave', '--data-dir', edge.dir]);
    const words = ['join', await hub.joinUrl(), '--data-dir', edge.dir, '--node-name', 'wild', '--runtime', 'process'];
    assertSuccess(await coracle(words));
    await eventually('the node', async () => /wild +Ready/.test(await hub.kubectl(['get', 'nodes'])));
    assertFailure(await coracle(words), 1, /an agent already runs in/, /coracle --data-dir \S+ leave/);
  });

  it('in the foreground ends with Ctrl-C', async (test) => {
    const dir = place(test);
    const words = ['join', await hub.joinUrl(), '--data-dir', dir, '--node-name', 'fore', '--runtime', 'process'];
    const staying = stayingCoracle([...words, '--foreground']);
    await staying.until(/This machine is node fore/);
    const [agent] = processesOf(dir).filter(({ command }) => command.includes('agent/main.ts'));
    staying.process.kill('SIGINT');
    assert.equal(await staying.ended, 0);
    assert.ok(!isAlive(agent?.pid ?? 0));
    assert.deepEqual(processesOf(dir), []);
  });
});
