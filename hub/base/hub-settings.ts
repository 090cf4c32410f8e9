/** What an operator may set on a hub: every key, its default, and what is refused. Documented in configs/hub.yaml. */
import { isIP } from 'node:net';
import {
  checkSettings,
  isAddress,
  isDirectoryPath,
  isDomain,
  isLogLevel,
  type LogLevel,
  orEmpty,
  readWritten,
  type SettingRule,
} from './settings.ts';

/** Settings of the hub. */
export interface HubSettings {
  /** Port of the Kubernetes API; 0 lets the system choose. */
  apiPort: number;
  /** Port for joining nodes, certificate renewal and streams. */
  joinPort: number;
  /** Port of the embedded MQTT broker. */
  mqttPort: number;
  /** The address to listen on. */
  bindAddress: string;
  /** The address nodes and clients reach the hub at; empty: found from the machine's own addresses. */
  advertiseAddress: string;
  /** Pod addresses; each node gets a /24 of it. */
  clusterCidr: string;
  /** Service addresses. */
  serviceCidr: string;
  /** Address of the cluster's DNS, within the Service addresses; empty: the tenth of them. */
  clusterDns: string;
  /** DNS domain of the cluster. */
  clusterDomain: string;
  /** An external broker (`mqtts://host:port`) instead of the embedded one; empty: embedded. */
  mqttUrl: string;
  /** How many API requests may be at work at once, shared out between the priority levels. */
  maxRequestsInFlight: number;
  /** How many watches may be open on the API, and how many connections; one user may have half of them. */
  maxWatches: number;
  /** Place Pods by measured load too. */
  scheduleByLoad: boolean;
  /** Resources whose objects are encrypted at rest, as `resource` or `resource.group`. */
  encryptedResources: readonly string[];
  /** Admission plugins beside those that are on by default, and those that are not wanted. */
  enableAdmissionPlugins: readonly string[];
  disableAdmissionPlugins: readonly string[];
  /** The OpenID Connect issuer of people's tokens, an https URL; empty: none. What its tokens are for: */
  oidcIssuerUrl: string;
  oidcClientId: string;
  /** The claim users are called by, and what stands before it; '-': nothing, empty: the issuer unless it is `email`. */
  oidcUsernameClaim: string;
  oidcUsernamePrefix: string;
  /** The claim with the groups, and what stands before each. */
  oidcGroupsClaim: string;
  oidcGroupsPrefix: string;
  /** PEM file with the issuer's CAs; empty: those of the system. */
  oidcCaFile: string;
  /** The audit policy (audit.k8s.io/v1), an absolute path; empty: nothing is written down. */
  auditPolicyFile: string;
  /** Where the audit log is written; empty: `audit.log` in the hub's own directory. */
  auditLogPath: string;
  /** The log is set aside at so many megabytes. */
  auditLogMaxSize: number;
  /** How many that were set aside are kept, and for how many days; 0: all, for ever. */
  auditLogMaxBackups: number;
  auditLogMaxAge: number;
  logLevel: LogLevel;
}

/** The defaults. */
export const hubDefaults: HubSettings = {
  apiPort: 16_443,
  joinPort: 25_000,
  mqttPort: 8883,
  bindAddress: '0.0.0.0',
  advertiseAddress: '',
  clusterCidr: '10.32.0.0/11',
  serviceCidr: '10.152.0.0/16',
  clusterDns: '',
  clusterDomain: 'cluster.local',
  mqttUrl: '',
  maxRequestsInFlight: 600,
  maxWatches: 10_000,
  scheduleByLoad: false,
  encryptedResources: ['secrets'],
  enableAdmissionPlugins: [],
  disableAdmissionPlugins: [],
  oidcIssuerUrl: '',
  oidcClientId: '',
  oidcUsernameClaim: 'sub',
  oidcUsernamePrefix: '',
  oidcGroupsClaim: '',
  oidcGroupsPrefix: '',
  oidcCaFile: '',
  auditPolicyFile: '',
  auditLogPath: '',
  auditLogMaxSize: 100,
  auditLogMaxBackups: 10,
  auditLogMaxAge: 30,
  logLevel: 'info',
};

const port = (value: unknown): string =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535
    ? ''
    : 'must be a port from 0 to 65535';

const wholeNumber =
  (least: number, most: number): SettingRule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? ''
      : `must be a whole number from ${least} to ${most}`;

function cidr(value: unknown): string {
  const [base = '', bits = ''] = String(value).split('/');
  const good = isIP(base) === 4 && /^\d{1,2}$/.test(bits) && Number(bits) >= 8 && Number(bits) <= 28;
  return good ? '' : 'must be an IPv4 range like 10.32.0.0/11, between /8 and /28';
}

const isIpv4: SettingRule = (value) => (isIP(String(value)) === 4 ? '' : 'must be an IPv4 address');

function brokerUrl(value: unknown): string {
  return value === '' || /^mqtts:\/\/[^/\s]+$/.test(String(value)) ? '' : 'must be of the form mqtts://HOST:PORT';
}

/** The rule of a list of words. */
const listOf =
  (pattern: RegExp, what: string): SettingRule =>
  (value) =>
    Array.isArray(value) && value.every((one) => typeof one === 'string' && pattern.test(one))
      ? ''
      : `must be a list of ${what}`;

function httpsUrl(value: unknown): string {
  return /^https:\/\/[^\s?#]+$/.test(String(value)) ? '' : 'must be an https URL without query';
}

const isText: SettingRule = (value) => (typeof value === 'string' ? '' : 'must be a text');

const rules: Record<keyof HubSettings, SettingRule> = {
  apiPort: port,
  joinPort: port,
  mqttPort: port,
  bindAddress: isAddress,
  advertiseAddress: orEmpty(isAddress),
  clusterCidr: cidr,
  serviceCidr: cidr,
  clusterDns: orEmpty(isIpv4),
  clusterDomain: isDomain,
  mqttUrl: brokerUrl,
  maxRequestsInFlight: wholeNumber(1, 100_000),
  maxWatches: wholeNumber(100, 1_000_000),
  scheduleByLoad: (value) => (typeof value === 'boolean' ? '' : 'must be true or false'),
  enableAdmissionPlugins: listOf(/^[A-Za-z]+$/, 'names of admission plugins'),
  disableAdmissionPlugins: listOf(/^[A-Za-z]+$/, 'names of admission plugins'),
  oidcIssuerUrl: orEmpty(httpsUrl),
  oidcClientId: isText,
  oidcUsernameClaim: (value) => (typeof value === 'string' && value !== '' ? '' : 'must be the name of a claim'),
  oidcUsernamePrefix: isText,
  oidcGroupsClaim: isText,
  oidcGroupsPrefix: isText,
  oidcCaFile: orEmpty(isDirectoryPath),
  encryptedResources: listOf(/^[a-z0-9]+(\.[a-z0-9.-]+)?$/, 'resources like secrets or widgets.example.com'),
  auditPolicyFile: orEmpty(isDirectoryPath),
  auditLogPath: orEmpty(isDirectoryPath),
  auditLogMaxSize: wholeNumber(1, 10_000),
  auditLogMaxBackups: wholeNumber(0, 10_000),
  auditLogMaxAge: wholeNumber(0, 10_000),
  logLevel: isLogLevel,
};

/** Settings out of what an operator wrote, defaults filled in. Throws an Error that names the key and what it takes. */
export function checkHubSettings(written: Record<string, unknown>): HubSettings {
  return checkSettings(written, hubDefaults, rules);
}

/** Reads a settings file; a missing one means defaults. Throws an Error that names the file and the key. */
export function readHubSettings(file: string): HubSettings {
  return checkHubSettings(readWritten(file));
}
