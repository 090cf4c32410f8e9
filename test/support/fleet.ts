/** A simulated fleet: many hollow agents in one process, with the real link and pods code over a fake runtime. */
import { X509Certificate } from 'node:crypto';
import { createLink, type LinkOptions } from '../../agent/link/mqtt-link.ts';
import type { Link } from '../../agent/link/link.ts';
import { createPodEvents } from '../../agent/pods/events.ts';
import { createPods, type Pods } from '../../agent/pods/pods.ts';
import type { Volumes } from '../../agent/volumes/volumes.ts';
import type { NodeReport } from '../../hub/api/link.ts';
import { timestamp } from '../../hub/api/object.ts';
import { coracleVersion, kubernetesVersion } from '../../hub/api/version.ts';
import { type Clock, systemClock } from '../../hub/base/clock.ts';
import { type Log, silentLog } from '../../hub/base/log.ts';
import { publicKeyHash } from '../../hub/base/x509/certificate.ts';
import type { Identity } from './certificates.ts';
import { FakeRuntime, type FakeRuntimeOptions } from './fake-runtime.ts';
import { MemoryCheckpoints, MemoryHeld } from './memory-held.ts';

/** One hollow agent's own facts; unset ones are those of a small board. */
export interface HollowNode {
  readonly name: string;
  readonly identity: Identity;
  readonly labels?: Record<string, string>;
  readonly capacity?: Record<string, string>;
}

/** What all agents of a fleet share. */
export interface FleetOptions {
  readonly nodes: readonly HollowNode[];
  /** `mqtts://host:port`. */
  readonly url: string;
  /** Where tunnels are dialled; not used unless the test asks for streams. */
  readonly joinPort?: number;
  /** How long a start takes and what containers do. */
  readonly runtime?: Pick<FakeRuntimeOptions, 'startDelay' | 'script'>;
  readonly services?: boolean;
  readonly keepalive?: number;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** One hollow agent. */
export interface HollowAgent {
  readonly name: string;
  readonly link: Link;
  readonly held: MemoryHeld;
  readonly runtime: FakeRuntime;
  readonly pods: Pods;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The fleet. */
export interface Fleet {
  readonly agents: readonly HollowAgent[];
  agent(name: string): HollowAgent;
  /** Starts all agents, at most 50 handshakes at a time, and resolves when they are connected. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Handshakes at a time: each is a few milliseconds of work on both sides. */
const together = 50;

/** Milliseconds without a new connection, after which there will be none. */
const stuckAfter = 60_000;

const boardCapacity = { cpu: '4', memory: '4046184Ki', pods: '110', 'ephemeral-storage': '30Gi' };

/** Makes a fleet; nothing runs before `start`. */
export function createFleet(options: FleetOptions): Fleet {
  const agents = options.nodes.map((node, index) => createHollowAgent(options, node, index));
  const byName = new Map(agents.map((agent) => [agent.name, agent]));
  return {
    agents,
    agent(name) {
      const found = byName.get(name);
      if (found === undefined) throw new Error(`the fleet has no agent ${name}`);
      return found;
    },
    async start() {
      for (let from = 0; from < agents.length; from += together) {
        const some = agents.slice(from, from + together);
        await Promise.all(some.map((agent) => agent.start()));
        await allConnected(some);
      }
    },
    async stop() {
      await Promise.all(agents.map((agent) => agent.stop()));
    },
  };
}

/** Rejects when none of those that are left has connected for a while. */
async function allConnected(agents: readonly HollowAgent[]): Promise<void> {
  let left = agents;
  let changed = systemClock.now();
  while (left.length > 0) {
    await systemClock.sleep(5);
    const away = left.filter(({ link }) => !link.connected);
    if (away.length < left.length) changed = systemClock.now();
    left = away;
    if (systemClock.now() - changed > stuckAfter)
      throw new Error(
        `not connected: ${left.map(({ name, link }) => `${name} (${JSON.stringify(link.quality())})`).join(', ')}`,
      );
  }
}

/** What a hollow agent says of itself. */
function hollowReport(node: HollowNode, address: string, now: number): NodeReport {
  const capacity = node.capacity ?? boardCapacity;
  const time = timestamp(now);
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  });
  return {
    labels: {
      'kubernetes.io/hostname': node.name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'arm64',
      ...node.labels,
    },
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: node.name },
      ],
      capacity,
      allocatable: capacity,
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      nodeInfo: {
        architecture: 'arm64',
        bootID: `boot-${node.name}`,
        containerRuntimeVersion: 'fake://1.0.0',
        kernelVersion: '6.12.0',
        kubeProxyVersion: '',
        kubeletVersion: kubernetesVersion.gitVersion,
        machineID: node.name,
        operatingSystem: 'linux',
        osImage: 'hollow',
        systemUUID: node.name,
      },
    },
  };
}

function createHollowAgent(options: FleetOptions, node: HollowNode, index: number): HollowAgent {
  const { clock = systemClock, log = silentLog } = options;
  const address = `10.${32 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  const held = new MemoryHeld();
  const checkpoints = new MemoryCheckpoints();
  const runtime = new FakeRuntime({ ...options.runtime, clock, address });
  const boot = `boot-${node.name}`;
  const link = createLink({
    ...linkOptions(options, node),
    held,
    boot,
    clock,
    log,
    handlers: {
      objects: (change) => held.apply(change),
      stream: () => {},
      connection: () => {},
      synced: () => pods.synced(),
    },
  });
  const pods = createPods({
    node: {
      name: node.name,
      boot,
      addresses: () => [address],
      allocatable: () => ({ cpu: 4, memory: 4 * 2 ** 30, storage: 30 * 2 ** 30 }),
    },
    held,
    checkpoints,
    runtime,
    volumes: hollowVolumes,
    events: createPodEvents({ clock, component: 'kubelet', send: (event) => link.reportEvent(event) }),
    report: (report) => link.reportPod(report),
    clock,
    log,
  });
  return {
    name: node.name,
    link,
    held,
    runtime,
    pods,
    async start() {
      await pods.start?.();
      link.reportNode(hollowReport(node, address, clock.now()));
      await link.start();
    },
    async stop() {
      await link.stop();
      await pods.stop?.();
    },
  };
}

/** Every volume is there, and empty. */
const hollowVolumes: Volumes = {
  prepare: async (pod) => ({
    volumes: new Map((pod.spec.volumes ?? []).map(({ name }) => [name, { path: `/hollow/${name}`, readOnly: false }])),
    stale: [],
  }),
  subPath: async ({ volume, subPath }) => `${volume.path}/${subPath}`,
  remove: async () => {},
  sweep: async () => [],
  usage: async () => [],
};

function linkOptions(
  options: FleetOptions,
  node: HollowNode,
): Pick<LinkOptions, 'urls' | 'hub' | 'node' | 'version' | 'newId' | 'random' | 'services' | 'keepalive'> {
  const { ca, cert, key } = node.identity;
  const caHash = publicKeyHash(new X509Certificate(ca).publicKey);
  return {
    urls: () => [options.url],
    hub: () => ({
      host: '127.0.0.1',
      port: options.joinPort ?? 25_000,
      pin: { caHash, now: Date.now() },
      client: { key, certificate: cert },
    }),
    node: node.name,
    version: coracleVersion,
    newId: () => crypto.randomUUID(),
    random: Math.random,
    services: options.services ?? false,
    ...(options.keepalive === undefined ? {} : { keepalive: options.keepalive }),
  };
}
