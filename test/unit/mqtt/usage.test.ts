/** The last hour of a node: for graphs, and as figures of the hub. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exposition } from '../../../hub/base/metrics.ts';
import { nodeMetrics } from '../../../hub/mqtt/usage/node-metrics.ts';
import { Usage } from '../../../hub/mqtt/usage/usage.ts';
import { type UsageAnswer, usageAnswer, usageDocument } from '../../../hub/mqtt/usage/usage-document.ts';
import { manualClock } from '../../support/manual-clock.ts';

const minute = 60_000;
const start = Date.UTC(2026, 0, 1, 12);

test('graphs have a value a minute, and none while the node was not heard', () => {
  const clock = manualClock(start);
  const usage = new Usage({ clock });
  usage.take('n1', { time: 't', cpu: 1 });
  clock.advance(minute / 2);
  usage.take('n1', { time: 't', cpu: 2, memory: { total: 4e9, used: 1e9, available: 3e9 } });
  clock.advance(2 * minute);
  usage.silence('n1');
  clock.advance(2 * minute);
  usage.take('n1', { time: 't', cpu: 4 });
  clock.advance(minute);
  const answer = usageAnswer(usage, 'n1') as UsageAnswer;
  assert.equal(answer.step, 60);
  assert.equal(answer.series.cpu.length, 60);
  assert.equal(Date.parse(answer.start) % minute, 0);
  assert.equal(answer.series.cpu.findIndex((value) => value !== null) * minute + Date.parse(answer.start), start);
  assert.deepEqual(answer.series.cpu.slice(-7), [null, 1.5, 2, 2, null, 4, 4]);
  assert.deepEqual(answer.series.memory.slice(-7), [null, 1e9, 1e9, 1e9, null, 1e9, 1e9]);
  assert.deepEqual(answer.series.temperature.slice(-1), [null]);
  assert.equal(answer.last.cpu, 4);
});

test('the path of a node that told nothing is not found', () => {
  const usage = new Usage({ clock: manualClock(start) });
  const source = usageDocument(usage);
  assert.equal(source.document({ path: '/metrics' }), undefined);
  assert.throws(() => source.document({ path: '/coracle/v1/usage/n1' }), { reason: 'NotFound' });
  usage.take('n1', { time: 't' });
  const answer = source.document({ path: '/coracle/v1/usage/n1' });
  assert.equal((JSON.parse(answer?.bytes.toString() ?? '') as UsageAnswer).node, 'n1');
});

test('what connected nodes told becomes figures of the hub', () => {
  const usage = new Usage({ clock: manualClock(start) });
  usage.take('n1', {
    time: 't',
    cpu: 0.25,
    load: [1, 2, 3],
    memory: { total: 4, used: 1, available: 3 },
    disks: [{ mount: '/', device: 'mmcblk0p2', size: 100, used: 40, wear: 10 }],
    networks: [{ name: 'eth0', received: 5, sent: 6 }],
    temperature: 51,
    battery: { percent: 80, charging: true },
    link: { roundTrip: 12, reconnects: 2 },
    pods: [{ namespace: 'a', name: 'web', uid: 'u', containers: [{ name: 'main', cpu: 0.1, memory: 7 }] }],
  });
  usage.take('gone', { time: 't', cpu: 9 });
  const into = new Exposition();
  const collector = nodeMetrics({
    nodes: () => ['n1', 'gone', 'mute'],
    connected: (node) => node !== 'gone',
    usage: (node) => usage.of(node),
  });
  for (const _ of collector(into) ?? []);
  const lines = into
    .toString()
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  assert.deepEqual(lines, [
    'coracle_node_connected{node="n1"} 1',
    'coracle_node_connected{node="gone"} 0',
    'coracle_node_connected{node="mute"} 1',
    'coracle_nodes_connected 2',
    `coracle_node_usage_timestamp_seconds{node="n1"} ${start / 1000}`,
    'coracle_node_cpu_cores{node="n1"} 0.25',
    'coracle_node_load{node="n1",minutes="1"} 1',
    'coracle_node_load{node="n1",minutes="5"} 2',
    'coracle_node_load{node="n1",minutes="15"} 3',
    'coracle_node_memory_total_bytes{node="n1"} 4',
    'coracle_node_memory_used_bytes{node="n1"} 1',
    'coracle_node_memory_available_bytes{node="n1"} 3',
    'coracle_node_disk_size_bytes{node="n1",device="mmcblk0p2",mount="/"} 100',
    'coracle_node_disk_used_bytes{node="n1",device="mmcblk0p2",mount="/"} 40',
    'coracle_node_disk_wear_ratio{node="n1",device="mmcblk0p2",mount="/"} 0.1',
    'coracle_node_network_receive_bytes_per_second{node="n1",interface="eth0"} 5',
    'coracle_node_network_transmit_bytes_per_second{node="n1",interface="eth0"} 6',
    'coracle_node_temperature_celsius{node="n1"} 51',
    'coracle_node_battery_ratio{node="n1"} 0.8',
    'coracle_node_battery_charging{node="n1"} 1',
    'coracle_node_link_round_trip_seconds{node="n1"} 0.012',
    'coracle_node_link_reconnects_total{node="n1"} 2',
    'coracle_container_cpu_cores{node="n1",namespace="a",pod="web",container="main"} 0.1',
    'coracle_container_memory_bytes{node="n1",namespace="a",pod="web",container="main"} 7',
    '',
  ]);
});

test('the load of a node is what it told, in shares, while it is heard', () => {
  const usage = new Usage({ clock: manualClock(start) });
  assert.equal(usage.load('n1', 4), undefined);
  usage.take('n1', { time: 't', cpu: 1 });
  assert.equal(usage.load('n1', 4), undefined);
  usage.take('n1', { time: 't', memory: { total: 10, used: 4, available: 6 } });
  assert.deepEqual(usage.load('n1', 4), { cpu: 0.25, memory: 0.4 });
  usage.take('n1', { time: 't', cpu: 9 });
  assert.deepEqual(usage.load('n1', 4), { cpu: 1, memory: 0.4 });
  usage.silence('n1');
  assert.equal(usage.load('n1', 4), undefined);
});
