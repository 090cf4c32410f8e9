/** Gathers the facts of a machine; works on a broken one, without a hub, and changes nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { machineAddresses } from '../../../hub/base/addresses.ts';
import { type AgentSettings, agentDefaults, readAgentSettings } from '../../../hub/base/agent-settings.ts';
import { readRunFile } from '../../../hub/base/daemon.ts';
import type { DaemonFiles, DataDir } from '../../../hub/base/data-dir.ts';
import { type HubSettings, hubDefaults, readHubSettings } from '../../../hub/base/hub-settings.ts';
import { readMachineRoutes } from '../../../hub/base/machine-routes.ts';
import { refuseClashes } from '../../../hub/base/range-clashes.ts';
import { again } from '../again.ts';
import { seeHub } from '../../link/hub-probe.ts';
import { lookAtHub } from '../status-report.ts';
import type { AddressFact, DaemonFact, Facts } from './facts.ts';
import { gatherCertificates } from './gather-certificates.ts';
import * as machine from './gather-machine.ts';
import { gatherPorts } from './gather-ports.ts';
import { gatherRuntime } from './gather-runtime.ts';

/** How long hub and status may take to answer, in milliseconds. */
const patience = 4000;

/** Everything that is judged. Never takes longer than a few seconds. */
export async function gather(dir: DataDir, now: number): Promise<Facts> {
  const hub = read(() => readHubSettings(dir.hub.settings), hubDefaults);
  const agent = read(() => readAgentSettings(dir.agent.settings), agentDefaults);
  const isHub = existsSync(dir.hub.settings) || existsSync(join(dir.hub.dir, 'state.db'));
  const isNode = existsSync(join(dir.agent.pki, 'node.json'));
  const role = isHub ? 'hub' : isNode ? 'node' : 'nothing yet';
  const run = readRunFile(dir.hub.run);
  const [ports, certificates, newest, disk, memory, cgroup, runtime, joined, inotify, hasDefaultRoute, forwarding] =
    await Promise.all([
      role === 'node' ? [] : gatherPorts(hub.value, Object.values(run?.ports ?? {})),
      gatherCertificates(dir),
      machine.gatherNewest(dir),
      machine.gatherDisk(dir.root),
      machine.gatherMemory(),
      machine.gatherCgroup(),
      gatherRuntime(dir, agent.value),
      // the hub of this very machine is looked at from the inside
      isHub ? undefined : seeHub(dir.agent.pki, patience).catch(() => undefined),
      machine.gatherInotify(),
      machine.gatherDefaultRoute(),
      machine.gatherForwarding(),
    ]);
  const [firewall, rangeClash, problems] = await Promise.all([
    machine.gatherFirewall(),
    role === 'node' ? undefined : clash(hub.value),
    run === undefined ? [] : lookAtHub(dir, patience).then((report) => report.problems),
  ]);
  return {
    now,
    root: dir.root,
    role,
    hub: daemon(dir.hub, isHub, hub.trouble),
    agent: daemon(dir.agent, isNode, agent.trouble),
    ports,
    addresses: machineAddresses(),
    expected: expectedAddresses(dir, role, hub.value, agent.value),
    certificates,
    disk,
    memory,
    cgroup,
    runtime,
    inotify,
    hostname: hostname(),
    hasDefaultRoute,
    forwarding,
    problems,
    ...(newest === undefined ? {} : { newest }),
    ...(joined === undefined ? {} : { joined }),
    ...(firewall === undefined ? {} : { firewall }),
    ...(rangeClash === undefined ? {} : { rangeClash }),
  };
}

function read<T>(settings: () => T, defaults: T): { value: T; trouble?: string } {
  try {
    return { value: settings() };
  } catch (error) {
    return { value: defaults, trouble: (error as Error).message };
  }
}

function daemon(files: DaemonFiles, isMeant: boolean, settingsTrouble: string | undefined): DaemonFact {
  const isRunning = readRunFile(files.run) !== undefined;
  const lastError = isRunning ? undefined : lastErrorOf(files.log);
  return {
    isMeant,
    isRunning,
    ...(settingsTrouble === undefined ? {} : { settingsTrouble }),
    ...(lastError === undefined ? {} : { lastError }),
  };
}

/** A daemon that fails says why in its last line, which is not JSON; one that was stopped ends with a line that is. */
function lastErrorOf(log: string): string | undefined {
  try {
    const line = readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    return line === '' || line.startsWith('{') ? undefined : line.slice(0, 300);
  } catch {
    return undefined;
  }
}

async function clash(settings: HubSettings): Promise<string | undefined> {
  try {
    refuseClashes(settings, await readMachineRoutes());
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const anywhere = new Set(['', '0.0.0.0', '::', '127.0.0.1', '::1', 'localhost']);

/** An advertised address may be that of a router in front of the machine, so it is not among them. */
function expectedAddresses(dir: DataDir, role: Facts['role'], hub: HubSettings, agent: AgentSettings): AddressFact[] {
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  const written: Omit<AddressFact, 'isHere'>[] = [
    {
      what: 'the setting nodeAddress',
      address: agent.nodeAddress,
      todo: `${again('config unset agent.nodeAddress')}, then start again`,
    },
  ];
  if (role === 'hub') {
    const todo = `${again('config set hub.bindAddress ADDRESS')} (or unset it), then start again`;
    written.push({ what: 'the setting bindAddress', address: hub.bindAddress, todo });
    if (hub.advertiseAddress === '') {
      written.push({
        what: "the hub's address (kubeconfig)",
        address: serverOf(dir),
        todo: `${again('stop')}, then ${again('start')}: the hub takes the new one. Nodes that joined by the old one join again, or give this machine its old address back`,
      });
    }
  }
  return written
    .filter(({ address }) => !anywhere.has(address))
    .map((one) => ({ ...one, isHere: own.includes(one.address) }));
}

function serverOf(dir: DataDir): string {
  try {
    const server = /server: *"?(https:[^"\s]+)/.exec(readFileSync(dir.kubeconfig, 'utf8'))?.[1] ?? '';
    return new URL(server).hostname.replace(/^\[|\]$/g, '');
  } catch {
    return '';
  }
}
