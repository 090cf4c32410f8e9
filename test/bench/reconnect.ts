/** A hub dies under a fleet: how long until every node is connected again, and what that costs the hub. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { createRequest } from '../../hub/base/x509/request.ts';
import { nodesGroup, nodeUserName } from '../../hub/api/user.ts';
import { openPki } from '../../hub/auth/pki.ts';
import { startHub, type TestHub } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { createFleet, type Fleet, type HollowNode } from '../support/fleet.ts';
import { freePort } from '../support/mosquitto.ts';
import type { Benchmark, Measurement } from './measurement.ts';

/** Identities as the hub gives them at join; its CA is in its data directory. */
async function identities(hub: TestHub, count: number): Promise<HollowNode[]> {
  const pki = await openPki({ dir: join(hub.dir, 'hub', 'pki'), hosts: [], clock: systemClock, log: silentLog });
  const nodes = Array.from({ length: count }, (_, index): HollowNode => {
    const name = `hollow-${index}`;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const request = createRequest({ commonName: nodeUserName(name), organizations: [nodesGroup] }, privateKey);
    const { certificate } = pki.signNode(request, name);
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { name, identity: { ca: pki.ca, cert: certificate, key } };
  });
  pki.stop();
  return nodes;
}

async function figure(hub: TestHub, name: string): Promise<number> {
  const text = await hub.kubectl(['get', '--raw', '/metrics']).catch(() => '');
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? 0);
}

const cpuSeconds = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

async function allReady(hub: TestHub, fleet: Fleet): Promise<void> {
  const count = fleet.agents.length;
  await eventually('all agents are connected', () => fleet.agents.every(({ link }) => link.connected), 120_000);
  await eventually('the hub hears all', async () => (await figure(hub, 'coracle_nodes_connected')) >= count, 60_000);
}

async function readyNodes(hub: TestHub): Promise<number> {
  const text = await hub.kubectl(['get', 'nodes', '--no-headers']);
  return text.split('\n').filter((line) => / Ready /.test(line)).length;
}

async function measure(hub: TestHub, fleet: Fleet): Promise<Measurement[]> {
  const count = fleet.agents.length;
  await hub.kill('hub');
  await eventually('all notice', () => fleet.agents.every(({ link }) => !link.connected), 60_000);
  await hub.start(['--no-agent']);
  const began = performance.now();
  const pid = hub.pid('hub');
  const before = cpuSeconds(pid);
  await allReady(hub, fleet);
  const seconds = (performance.now() - began) / 1000;
  const cpu = cpuSeconds(pid) - before;
  const ready = await readyNodes(hub);
  const detail = { agents: count };
  return [
    { name: `all ${count} connected after the hub is back`, value: seconds, unit: 's', detail },
    { name: 'processor time of the hub meanwhile', value: cpu, unit: 's', detail },
    { name: 'the same for each agent', value: (cpu / count) * 1000, unit: 'ms', detail },
    { name: 'nodes that are Ready then', value: ready, unit: 'nodes', target: { is: '>=', value: count } },
  ];
}

export const reconnect: Benchmark = {
  name: 'reconnect',
  about: 'a hub is killed and started under a fleet of simulated agents',
  async run({ short }) {
    const port = await freePort();
    const hub = await startHub(['--no-agent', '--mqtt-port', String(port)]);
    const nodes = await identities(hub, short ? 50 : 500);
    const fleet = createFleet({ nodes, url: `mqtts://127.0.0.1:${port}`, services: true });
    try {
      const began = performance.now();
      const before = cpuSeconds(hub.pid('hub'));
      await fleet.start();
      await allReady(hub, fleet);
      await eventually('all are Ready', async () => (await readyNodes(hub)) === nodes.length, 60_000);
      const first: Measurement[] = [
        { name: `${nodes.length} nodes appear`, value: (performance.now() - began) / 1000, unit: 's' },
        { name: 'processor time of the hub for that', value: cpuSeconds(hub.pid('hub')) - before, unit: 's' },
      ];
      return [...first, ...(await measure(hub, fleet))];
    } finally {
      await fleet.stop();
      await hub.stop();
    }
  },
};
