/** The fog testbed: 22 nodes, a Deployment, a DaemonSet with a headless Service, all through the real kubectl. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EndpointSlice } from '../../hub/api/endpoint-slice.ts';
import { containerPids } from '../support/processes.ts';
import { example, noKubectl, startHub, type TestHub } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { type FleetProcess, fogNodes, startFleetProcess } from '../support/fleet-process.ts';
import { type PrintedTable, readTable } from '../support/kubectl-table.ts';

const names = ['g-termln', ...fogNodes].sort();
const age = /^\d+[ms](\d+s)?$/;

describe('a fog testbed of 22 nodes', { skip: noKubectl }, () => {
  let hub: TestHub;
  let fleet: FleetProcess;

  before(async () => {
    hub = await startHub(['--runtime', 'process', '--node-name', 'g-termln']);
    fleet = await startFleetProcess(hub, { nodes: fogNodes });
    await hub.kubectl(['apply', '-f', example('pingtest.yaml'), '-f', example('latency-daemonset.yaml')]);
    // it wants python3 and a free port, which hollow nodes always have
    await hub.kubectl(['cordon', 'g-termln']);
    await hub.kubectl(['apply', '-f', example('web.yaml')]);
    for (const workload of ['deployment/pingtest', 'deployment/web', 'daemonset/latency'])
      await hub.kubectl(['rollout', 'status', workload, '--timeout=30s']);
    await hub.kubectl(['uncordon', 'g-termln']);
  });
  after(async () => {
    await fleet?.stop();
    await hub?.stop();
  });
  const get = async (...words: string[]): Promise<PrintedTable> => readTable(await hub.kubectl(['get', ...words]));
  const json = async <T>(...words: string[]): Promise<T> =>
    JSON.parse(await hub.kubectl(['get', ...words, '-o', 'json'])) as T;

  it('shows all nodes Ready', async () => {
    const { headings, rows } = await get('nodes');
    assert.deepEqual(headings, ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION']);
    assert.deepEqual(rows.map((row) => row['NAME']).sort(), names);
    for (const row of rows) {
      assert.equal(row['STATUS'], 'Ready');
      assert.equal(row['ROLES'], '<none>');
      assert.match(row['AGE'] ?? '', age);
      assert.match(row['VERSION'] ?? '', /^v1\.36\.0\+coracle\./);
    }
  });

  it('shows more of nodes when asked', async () => {
    const { headings, rows } = await get('nodes', '-o', 'wide');
    const more = ['INTERNAL-IP', 'EXTERNAL-IP', 'OS-IMAGE', 'KERNEL-VERSION', 'CONTAINER-RUNTIME'];
    assert.deepEqual(headings, ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION', ...more]);
    const addresses = new Set(rows.map((row) => row['INTERNAL-IP']));
    assert.equal(addresses.size, 22);
    assert.match(rows.find((row) => row['NAME'] === 'g-termln')?.['CONTAINER-RUNTIME'] ?? '', /^process:\/\//);
  });

  it('shows the five copies of pingtest and where they run', async () => {
    const { headings, rows } = await get('pods', '-l', 'app=pingtest', '-o', 'wide');
    const columns = ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'];
    assert.deepEqual(headings, columns);
    assert.equal(rows.length, 5);
    for (const row of rows) {
      assert.match(row['NAME'] ?? '', /^pingtest-[0-9a-z]+-[0-9a-z]{5}$/);
      assert.deepEqual([row['READY'], row['STATUS'], row['RESTARTS']], ['1/1', 'Running', '0']);
      assert.match(row['IP'] ?? '', /^\d+\.\d+\.\d+\.\d+$/);
      assert.ok(names.includes(row['NODE'] ?? ''));
      assert.deepEqual([row['NOMINATED NODE'], row['READINESS GATES']], ['<none>', '<none>']);
    }
    assert.equal(new Set(rows.map((row) => row['NODE'])).size, 5, 'they spread over the nodes');
  });

  it('shows the Deployments', async () => {
    const { headings, rows } = await get('deployments');
    assert.deepEqual(headings, ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE']);
    const { AGE, ...pingtest } = rows[0] ?? {};
    assert.match(AGE ?? '', age);
    assert.deepEqual(pingtest, { NAME: 'pingtest', READY: '5/5', 'UP-TO-DATE': '5', AVAILABLE: '5' });
    const wide = await get('deployments', '-o', 'wide');
    assert.deepEqual(wide.headings.slice(5), ['CONTAINERS', 'IMAGES', 'SELECTOR']);
    assert.deepEqual([wide.rows[0]?.['CONTAINERS'], wide.rows[0]?.['SELECTOR']], ['ping', 'app=pingtest']);
  });

  it('shows the Services, headless and not', async () => {
    const { headings, rows } = await get('services');
    assert.deepEqual(headings, ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE']);
    const found = rows.map((row) => [row['NAME'], row['TYPE'], row['EXTERNAL-IP'], row['PORT(S)']]);
    assert.deepEqual(found, [
      ['kubernetes', 'ClusterIP', '<none>', '443/TCP'],
      ['latency', 'ClusterIP', '<none>', '<none>'],
      ['web', 'ClusterIP', '<none>', '80/TCP'],
    ]);
    assert.equal(rows[0]?.['CLUSTER-IP'], '10.152.0.1');
    assert.equal(rows[1]?.['CLUSTER-IP'], 'None');
    assert.match(rows[2]?.['CLUSTER-IP'] ?? '', /^10\.152\.\d+\.\d+$/);
  });

  it('shows the DaemonSet on every node', async () => {
    const { headings, rows } = await get('ds');
    const columns = ['NAME', 'DESIRED', 'CURRENT', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'NODE SELECTOR', 'AGE'];
    assert.deepEqual(headings, columns);
    assert.deepEqual(Object.values(rows[0] ?? {}).slice(0, 7), ['latency', '22', '22', '22', '22', '22', '<none>']);
    const pods = await get('pods', '-l', 'app=latency', '-o', 'wide');
    assert.deepEqual(pods.rows.map((row) => row['NODE']).sort(), names);
  });

  it('knows all 22 addresses behind the headless Service', async () => {
    const nodes = await get('nodes', '-o', 'wide');
    const expected = nodes.rows.map((row) => row['INTERNAL-IP']).sort();
    const slices = await json<{ items: EndpointSlice[] }>('endpointslices', '-l', 'kubernetes.io/service-name=latency');
    const endpoints = slices.items.flatMap((slice) => slice.endpoints ?? []);
    assert.deepEqual(endpoints.flatMap((endpoint) => endpoint.addresses).sort(), expected);
    assert.ok(endpoints.every((endpoint) => endpoint.conditions?.ready === true));
    assert.deepEqual(endpoints.map((endpoint) => endpoint.nodeName).sort(), names);
    const legacy = await json<{ subsets: { addresses: { ip: string }[] }[] }>('endpoints', 'latency');
    assert.deepEqual(legacy.subsets.flatMap((subset) => subset.addresses.map(({ ip }) => ip)).sort(), expected);
    const { rows } = await get('endpoints', 'web');
    assert.match(rows[0]?.['ENDPOINTS'] ?? '', /^(\d+\.\d+\.\d+\.\d+:8000,){2}\d+\.\d+\.\d+\.\d+:8000$/);
  });

  it('runs each Pod once, on the machine itself as a real process with a log', async () => {
    const pods = await json<{ items: { metadata: { uid: string }; spec: { nodeName: string } }[] }>('pods');
    const hollow = pods.items.filter(({ spec }) => spec.nodeName !== 'g-termln').map(({ metadata }) => metadata.uid);
    const running = await fleet.containers();
    assert.deepEqual(running.map(({ uid }) => uid).sort(), hollow.sort());
    assert.equal(containerPids(hub.dir).length, pods.items.length - hollow.length);
    const [own = ''] = (await get('pods', '-l', 'app=latency', '--field-selector', 'spec.nodeName=g-termln')).rows.map(
      (row) => row['NAME'],
    );
    await eventually('its log', async () =>
      /^latency, version 1, on g-termln$/m.test(await hub.kubectl(['logs', own])),
    );
  });

  it('explains itself: describe, events, top-level get', async () => {
    assert.match(await hub.kubectl(['describe', 'ds', 'latency']), /Pods Status:\s+22 Running \/ 0 Waiting/);
    assert.match(
      await hub.kubectl(['describe', 'deployment', 'pingtest']),
      /5 desired \| 5 updated \| 5 total \| 5 available/,
    );
    assert.match(await hub.kubectl(['describe', 'node', 'node7']), /Name:\s+node7/);
    const events = await hub.kubectl(['get', 'events', '--field-selector', 'reason=SuccessfulCreate']);
    assert.match(events, /daemonset\/latency\s+Created pod: latency-/);
    assert.match(await hub.kubectl(['get', 'all']), /daemonset\.apps\/latency\s+22/);
  });
});
