/** What an operator may set on a node: every key, its default, and what is refused. Documented in configs/agent.yaml. */
import { isIP } from 'node:net';
import { type CapacitySettings, capacityConflict, capacityDefaults, capacityRules } from './capacity-settings.ts';
import {
  checkSettings,
  isAddress,
  isDirectoryPath,
  isDomain,
  isLogLevel,
  type LogLevel,
  oneOf,
  orEmpty,
  readWritten,
  type SettingRule,
} from './settings.ts';

/** Settings of a node's agent. */
export interface AgentSettings extends CapacitySettings {
  /** Labels the node starts with. */
  labels: Record<string, string>;
  /** Taints the node starts with, as `key=value:Effect`. */
  taints: string[];
  /** How containers run: `auto` takes containerd when its socket answers, else host processes. */
  runtime: 'auto' | 'containerd' | 'process';
  /** The CRI socket, as a path or `unix://` and a path; empty: the first of the usual ones that is there. */
  runtimeEndpoint: string;
  /** Where the container runtime looks for its network configuration, and the agent writes it. */
  cniConfDir: string;
  /** The address other nodes reach this one at; empty: that of the way to the hub. */
  nodeAddress: string;
  /** The network segment the node is on: nodes of one reach each other directly. Empty: the one of all nodes not told another. */
  link: string;
  /** The address under which nodes of other links reach this one; empty: they do not. */
  externalAddress: string;
  /** VXLAN network identifier of the overlay between nodes, the same on all of them. */
  vxlanId: number;
  /** UDP port of that overlay, the same on all nodes. */
  vxlanPort: number;
  /** Where containers' logs go, in files of the CRI's form. */
  podLogsDir: string;
  /** Size of a container's log before it is moved aside, as a quantity of bytes: `10Mi`. */
  containerLogMaxSize: string;
  /** How many log files a container has at most, at least 2; the oldest go. */
  containerLogMaxFiles: number;
  /** Manifests of Pods that run whatever the hub says; empty: `agent/static-pods` in the data directory. */
  staticPodsDir: string;
  /** DNS domain of the cluster. */
  clusterDomain: string;
  /** Addresses of DNS servers, written into containers' resolv.conf; at most three. Empty: the node's own DNS. */
  clusterDns: string[];
  /** Who the node's DNS asks for names outside the cluster, `ADDRESS` or `ADDRESS:PORT`; empty: the node's resolv.conf. */
  dnsUpstreams: string[];
  /** How long answers about the cluster may be kept, in seconds. */
  dnsTtl: number;
  /** MQTT keep-alive in seconds: all an idle node sends. */
  keepAlive: number;
  /** Seconds between two looks at fast figures (load, memory, temperature). */
  usageInterval: number;
  logLevel: LogLevel;
}

/** The defaults. */
export const agentDefaults: AgentSettings = {
  labels: {},
  taints: [],
  runtime: 'auto',
  runtimeEndpoint: '',
  cniConfDir: '/etc/cni/net.d',
  nodeAddress: '',
  link: '',
  externalAddress: '',
  vxlanId: 250,
  vxlanPort: 4789,
  podLogsDir: '/var/log/pods',
  containerLogMaxSize: '10Mi',
  containerLogMaxFiles: 5,
  staticPodsDir: '',
  clusterDomain: 'cluster.local',
  clusterDns: [],
  dnsUpstreams: [],
  dnsTtl: 5,
  keepAlive: 60,
  usageInterval: 30,
  logLevel: 'info',
  ...capacityDefaults,
};

const taintForm = /^[A-Za-z0-9][A-Za-z0-9._/-]*(=[A-Za-z0-9._-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/;

const seconds = (value: unknown): string =>
  Number.isInteger(value) && (value as number) >= 5 && (value as number) <= 3600
    ? ''
    : 'must be between 5 and 3600 seconds';

function isLabels(value: unknown): string {
  const good =
    typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string');
  return good ? '' : 'must be a map of strings';
}

function isTaints(value: unknown): string {
  const good = Array.isArray(value) && value.every((taint) => taintForm.test(String(taint)));
  return good ? '' : 'must be a list of key=value:NoSchedule, :PreferNoSchedule or :NoExecute';
}

const isSocket: SettingRule = (value) =>
  typeof value === 'string' && /^(unix:\/\/)?\/./.test(value)
    ? ''
    : 'must be the path of a socket, like /run/containerd/containerd.sock';

const isSize: SettingRule = (value) =>
  typeof value === 'string' && /^[1-9]\d{0,11}(k|M|G|Ki|Mi|Gi)?$/.test(value)
    ? ''
    : 'must be a quantity of bytes, like 10Mi';

const isFileCount: SettingRule = (value) =>
  Number.isInteger(value) && (value as number) >= 2 && (value as number) <= 1000 ? '' : 'must be between 2 and 1000';

const isLink: SettingRule = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9._-]{0,63}$/.test(value)
    ? ''
    : 'must be a word of at most 63 letters, digits, ".", "_" and "-"';

const wholeUpTo =
  (most: number): SettingRule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most
      ? ''
      : `must be a whole number between 1 and ${most}`;

function isNameServers(value: unknown): string {
  // a C library reads no more than three (resolv.conf(5), MAXNS)
  const good = Array.isArray(value) && value.length <= 3 && value.every((one) => isAddress(one) === '');
  return good ? '' : 'must be a list of at most three IP addresses';
}

const upstreamForm = /^(?:\[(.+)\]|([^:]+)):([1-9]\d{0,4})$/;

function isUpstreams(value: unknown): string {
  const isUpstream = (text: string): boolean => {
    const [, bracketed, plain, port] = upstreamForm.exec(text) ?? [];
    if (port === undefined) return isAddress(text) === '';
    return isIP(bracketed ?? plain ?? '') === (bracketed === undefined ? 4 : 6) && Number(port) <= 65_535;
  };
  const good = Array.isArray(value) && value.length <= 8 && value.every((one) => isUpstream(String(one)));
  return good ? '' : 'must be a list of at most eight ADDRESS or ADDRESS:PORT';
}

const isTtl: SettingRule = (value) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 3600
    ? ''
    : 'must be between 0 and 3600 seconds';

const rules: Record<keyof AgentSettings, SettingRule> = {
  labels: isLabels,
  taints: isTaints,
  runtime: oneOf('auto', 'containerd', 'process'),
  runtimeEndpoint: orEmpty(isSocket),
  cniConfDir: isDirectoryPath,
  nodeAddress: orEmpty(isAddress),
  link: isLink,
  externalAddress: orEmpty(isAddress),
  vxlanId: wholeUpTo(16_777_215),
  vxlanPort: wholeUpTo(65_535),
  podLogsDir: isDirectoryPath,
  containerLogMaxSize: isSize,
  containerLogMaxFiles: isFileCount,
  staticPodsDir: orEmpty(isDirectoryPath),
  clusterDomain: isDomain,
  clusterDns: isNameServers,
  dnsUpstreams: isUpstreams,
  dnsTtl: isTtl,
  keepAlive: seconds,
  usageInterval: seconds,
  logLevel: isLogLevel,
  ...capacityRules,
};

/** Settings out of what an operator wrote, defaults filled in. Throws an Error that names the key and what it takes. */
export function checkAgentSettings(written: Record<string, unknown>): AgentSettings {
  const settings = checkSettings(written, agentDefaults, rules);
  const conflict = capacityConflict(settings);
  if (conflict !== '') throw new Error(conflict);
  return settings;
}

/** Reads a settings file; a missing one means defaults. Throws an Error that names the file and the key. */
export function readAgentSettings(file: string): AgentSettings {
  return checkAgentSettings(readWritten(file));
}
