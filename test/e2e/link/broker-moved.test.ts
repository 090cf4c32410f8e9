/** The hub's broker moves to another port: nodes that joined before ask the hub where it is. */
import { test } from 'node:test';
import type { Node } from '../../../hub/api/node.ts';
import { joinNode, kubectl, startHub } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/mosquitto.ts';

/** For a machine with much else to do, in milliseconds. */
const patience = 90_000;

test('a node finds a broker that has moved', async (t) => {
  const hub = await startHub(['--no-agent']);
  t.after(() => hub.stop());
  const edge = await joinNode(await hub.joinUrl(), 'edge');
  t.after(() => edge.stop());
  const heartbeat = (): string | undefined => {
    const text = kubectl(hub.dir, ['get', 'node', 'edge', '-o', 'json', '--ignore-not-found']);
    if (text === '') return undefined;
    const ready = (JSON.parse(text) as Node).status?.conditions?.find(({ type }) => type === 'Ready');
    return ready?.status;
  };
  await eventually('the node is Ready', () => heartbeat() === 'True', patience);
  await hub.kill('hub');
  await hub.start(['--no-agent', '--mqtt-port', String(await freePort())]);
  // a hub that has just started is connected to nobody
  const connected = async (): Promise<boolean> =>
    (await hub.kubectl(['get', '--raw', '/metrics'])).includes('coracle_node_connected{node="edge"} 1');
  await eventually('the node is connected again', connected, patience);
});
