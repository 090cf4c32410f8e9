/** What a node measures and says of itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allocatable } from '../../../agent/resources/allocatable.ts';
import { parseMemory, parseTraffic } from '../../../agent/resources/figures.ts';
import { osImage } from '../../../agent/resources/machine.ts';
import { labelValue, type NodeInput, nodeReport } from '../../../agent/resources/node-report.ts';
import { changedFigures, inSteps, scaled, stepped } from '../../../agent/resources/figure-steps.ts';
import { agentDefaults } from '../../../hub/base/agent-settings.ts';
import type { UsageMessage } from '../../../hub/api/link.ts';

const gibibyte = 2 ** 30;
const capacity = { cpu: 4, memory: 4 * gibibyte, storage: 100 * gibibyte };
const input: NodeInput = {
  name: 'node1',
  machine: {
    hostname: 'pi',
    bootId: 'b',
    machineId: 'm',
    systemUuid: 's',
    kernel: '6.6',
    osImage: 'Debian',
    architecture: 'arm64',
    cpus: 4,
    memory: 4 * gibibyte,
    swap: 0,
  },
  hardware: undefined,
  addresses: ['10.0.0.1'],
  runtime: { name: 'process', version: '0.1.0' },
  labels: { place: 'roof' },
  taints: [],
  capacity,
  allocatable: allocatable(capacity, agentDefaults),
  maxPods: 110,
  images: [],
  pressures: new Set(),
  unready: undefined,
  before: undefined,
  now: Date.UTC(2026, 0, 1),
};

describe('figures', () => {
  it('stay on their step until they are a whole step away', () => {
    assert.equal(stepped(undefined, 1.23, 0.5), 1);
    assert.equal(stepped(1, 1.4, 0.5), 1);
    assert.equal(stepped(1, 1.6, 0.5), 1.5);
    assert.equal(scaled(undefined, 500, 1024), 0);
    assert.equal(scaled(10_000, 12_000, 1024), 10_000);
    assert.equal(scaled(10_000, 13_456, 1024), 13_000);
  });

  it('are sent only where they moved', () => {
    const of = (cpu: number, uptime: number): UsageMessage => ({ time: 't', cpu, uptime, load: [0, 0, 0] });
    const first = inSteps(undefined, of(0.5, 1));
    assert.equal(changedFigures(first, inSteps(first, of(0.52, 2))), undefined);
    assert.deepEqual(changedFigures(first, inSteps(first, of(0.9, 3))), { time: 't', uptime: 3, cpu: 0.9 });
  });

  it('are read from what the kernel prints', () => {
    const memory = parseMemory('MemTotal:       1000 kB\nMemFree: 100 kB\nMemAvailable:    400 kB\n');
    assert.deepEqual(memory, { total: 1_024_000, used: 614_400, available: 409_600 });
    const traffic = parseTraffic(
      'Inter-|\n face |bytes\n    lo: 5 0 0 0 0 0 0 0 5 0\n  eth0: 100 1 0 0 0 0 0 0 200 2 0\n veth1: 1 0 0 0 0 0 0 0 1 0\n',
    );
    assert.deepEqual([...traffic], [['eth0', { received: 100, sent: 200 }]]);
    assert.equal(osImage('NAME=x\nPRETTY_NAME="Raspberry Pi OS 12"\n'), 'Raspberry Pi OS 12');
  });
});

describe('the report of a node', () => {
  it('says what was measured', () => {
    const { status, labels } = nodeReport(input);
    assert.deepEqual(status?.capacity, {
      cpu: '4',
      'ephemeral-storage': '104857600Ki',
      memory: '4194304Ki',
      pods: '110',
    });
    assert.equal(status?.allocatable?.['memory'], '4091904Ki');
    assert.equal(status?.nodeInfo?.containerRuntimeVersion, 'process://0.1.0');
    assert.equal(labels?.['kubernetes.io/arch'], 'arm64');
    assert.equal(labels?.['place'], 'roof');
    assert.deepEqual(
      status?.conditions?.map(({ type, status: value }) => `${type}=${value}`),
      ['MemoryPressure=False', 'DiskPressure=False', 'PIDPressure=False', 'Ready=True'],
    );
  });

  it('names pressures and keeps the times of what stays', () => {
    const before = nodeReport(input);
    const pressures = new Set(['MemoryPressure'] as const);
    const after = nodeReport({ ...input, before, pressures, now: input.now + 60_000 });
    const [memory, disk] = after.status?.conditions ?? [];
    assert.deepEqual(
      [memory?.status, memory?.reason, memory?.lastTransitionTime],
      ['True', 'KubeletHasInsufficientMemory', '2026-01-01T00:01:00Z'],
    );
    assert.equal(disk?.lastHeartbeatTime, '2026-01-01T00:00:00Z');
    assert.deepEqual(nodeReport({ ...input, before, now: input.now + 60_000 }), before);
  });

  it('keeps from Pods what is reserved and what must be left', () => {
    const settings = {
      ...agentDefaults,
      systemReserved: { cpu: '250m', memory: '1Gi' },
      kubeReserved: { 'ephemeral-storage': '10Gi' },
    };
    const { status } = nodeReport({ ...input, allocatable: allocatable(capacity, settings) });
    assert.deepEqual(status?.allocatable, {
      cpu: '3750m',
      'ephemeral-storage': String(80 * gibibyte),
      memory: `${3 * 1024 * 1024 - 100 * 1024}Ki`,
      pods: '110',
    });
  });

  it('makes labels of what boards call themselves', () => {
    assert.equal(labelValue('Raspberry Pi 4 Model B Rev 1.4'), 'Raspberry-Pi-4-Model-B-Rev-1.4');
    assert.equal(labelValue('(x)'), 'x');
  });
});

describe('the condition NetworkUnavailable', () => {
  const conditionOf = (network?: NodeInput['network']): Record<string, unknown> | undefined => {
    const { status } = nodeReport({ ...input, ...(network === undefined ? {} : { network }) });
    const found = status?.conditions?.find(({ type }) => type === 'NetworkUnavailable');
    return found && { status: found.status, reason: found.reason, message: found.message };
  };

  it('is only there where Pods have a network', () => {
    assert.equal(conditionOf(), undefined);
    assert.equal(conditionOf([])?.['status'], 'False');
  });

  it('names everything that is wrong, the worst first', () => {
    const far = { reason: 'NodesOutOfReach', message: 'node2 is out of reach', partial: true };
    const missing = { reason: 'ProgramMissing', message: 'ip is missing' };
    assert.deepEqual(conditionOf([far]), { status: 'False', reason: far.reason, message: far.message });
    assert.deepEqual(conditionOf([far, missing]), {
      status: 'True',
      reason: 'ProgramMissing',
      message: 'node2 is out of reach; ip is missing',
    });
  });
});
