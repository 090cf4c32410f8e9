/** The baseline level of the Pod Security Standards: what gives known ways out of a container. */
import type { SecurityContext } from '../../../api/container.ts';
import type { PodSecurityContext } from '../../../api/pod.ts';
import { type Check, containersOf, named, namesOf, podAndContainers, quoted } from './check.ts';

type Context = SecurityContext | PodSecurityContext | undefined;

const defaultCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const seLinuxTypes: ReadonlySet<string> = new Set([
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);
const safeSysctls: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);
const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';

const appArmor: Check = ({ metadata, spec }) => {
  const bad: string[] = [];
  const unconfined = (context: Context): boolean => context?.appArmorProfile?.['type'] === 'Unconfined';
  const names = namesOf(spec, (container) => unconfined(container.securityContext));
  if (unconfined(spec.securityContext) || names.length > 0) {
    const where = podAndContainers(unconfined(spec.securityContext), names);
    bad.push(`${where} must not set AppArmor profile type to "Unconfined"`);
  }
  const allowed = (profile: string): boolean =>
    profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/');
  for (const [key, profile] of Object.entries(metadata.annotations ?? {})) {
    if (key.startsWith(appArmorPrefix) && !allowed(profile)) bad.push(`${key}=${JSON.stringify(profile)}`);
  }
  if (bad.length === 0) return undefined;
  return {
    reason: bad.length === 1 ? 'forbidden AppArmor profile' : 'forbidden AppArmor profiles',
    detail: bad.join(', '),
  };
};

/** `baseline` control of capabilities; the restricted level has a stricter one. */
export const baselineCapabilities: Check = ({ spec }) => {
  const extra = new Set<string>();
  const names = namesOf(spec, (container) => {
    const added = (container.securityContext?.capabilities?.add ?? []).filter((one) => !defaultCapabilities.has(one));
    for (const one of added) extra.add(one);
    return added.length > 0;
  });
  if (names.length === 0) return undefined;
  const list = quoted([...extra].sort());
  return {
    reason: 'non-default capabilities',
    detail: `${named('container', names)} must not include ${list} in securityContext.capabilities.add`,
  };
};

const hostNamespaces: Check = ({ spec }) => {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true);
  if (used.length === 0) return undefined;
  return { reason: 'host namespaces', detail: used.map((field) => `${field}=true`).join(', ') };
};

const hostPaths: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter((volume) => volume.hostPath !== undefined).map((volume) => volume.name);
  return names.length === 0 ? undefined : { reason: 'hostPath volumes', detail: named('volume', names) };
};

const hostPorts: Check = ({ spec }) => {
  const ports = new Set<number>();
  const names = namesOf(spec, (container) => {
    const used = (container.ports ?? []).map((port) => port.hostPort ?? 0).filter((port) => port !== 0);
    for (const port of used) ports.add(port);
    return used.length > 0;
  });
  if (names.length === 0) return undefined;
  const list = [...ports].sort((a, b) => a - b).join(', ');
  const verb = names.length === 1 ? 'uses' : 'use';
  return {
    reason: 'hostPort',
    detail: `${named('container', names)} ${verb} hostPort${ports.size === 1 ? '' : 's'} ${list}`,
  };
};

const hostProcess: Check = ({ spec }) => {
  const set = (context: Context): boolean => context?.windowsOptions?.['hostProcess'] === true;
  const names = namesOf(spec, (container) => set(container.securityContext));
  if (!set(spec.securityContext) && names.length === 0) return undefined;
  const where = podAndContainers(set(spec.securityContext), names);
  return { reason: 'hostProcess', detail: `${where} must not set securityContext.windowsOptions.hostProcess=true` };
};

/** Not of the standards: containers of this handler are processes of the node. One without a container runtime runs all so. */
const hostRuntime: Check = ({ spec, handler }) => {
  if (handler !== 'process') return undefined;
  const detail = `pod must not set runtimeClassName=${JSON.stringify(spec.runtimeClassName)}, whose containers are processes of the node`;
  return { reason: 'process runtime', detail };
};

const privileged: Check = ({ spec }) => {
  const names = namesOf(spec, (container) => container.securityContext?.privileged === true);
  if (names.length === 0) return undefined;
  return { reason: 'privileged', detail: `${named('container', names)} must not set securityContext.privileged=true` };
};

const procMount: Check = ({ spec }) => {
  const kinds = new Set<string>();
  const names = namesOf(spec, (container) => {
    const mount = container.securityContext?.procMount ?? 'Default';
    if (mount !== 'Default') kinds.add(mount);
    return mount !== 'Default';
  });
  if (names.length === 0) return undefined;
  const detail = `${named('container', names)} must not set securityContext.procMount to ${quoted([...kinds].sort())}`;
  return { reason: 'procMount', detail };
};

const seLinux: Check = ({ spec }) => {
  const types = new Set<string>();
  let user = false;
  let role = false;
  const bad = (context: Context): boolean => {
    const options = context?.seLinuxOptions as { type?: string; user?: string; role?: string } | undefined;
    if (options === undefined) return false;
    const wrongType = !seLinuxTypes.has(options.type ?? '');
    if (wrongType) types.add(options.type ?? '');
    if (options.user) user = true;
    if (options.role) role = true;
    return wrongType || Boolean(options.user) || Boolean(options.role);
  };
  const pod = bad(spec.securityContext);
  const names = namesOf(spec, (container) => bad(container.securityContext));
  if (!pod && names.length === 0) return undefined;
  const parts: string[] = [];
  if (types.size > 0) parts.push(`type${types.size === 1 ? '' : 's'} ${quoted([...types].sort())}`);
  if (user) parts.push('user may not be set');
  if (role) parts.push('role may not be set');
  const where = podAndContainers(pod, names);
  return {
    reason: 'seLinuxOptions',
    detail: `${where} set forbidden securityContext.seLinuxOptions: ${parts.join('; ')}`,
  };
};

/** `baseline` control of seccomp; the restricted level has a stricter one. */
export const baselineSeccomp: Check = ({ spec }) => {
  const unconfined = (context: Context): boolean => context?.seccompProfile?.type === 'Unconfined';
  const names = namesOf(spec, (container) => unconfined(container.securityContext));
  if (!unconfined(spec.securityContext) && names.length === 0) return undefined;
  const where = podAndContainers(unconfined(spec.securityContext), names);
  return {
    reason: 'seccompProfile',
    detail: `${where} must not set securityContext.seccompProfile.type to "Unconfined"`,
  };
};

const sysctls: Check = ({ spec }) => {
  const bad = (spec.securityContext?.sysctls ?? []).map((one) => one.name).filter((name) => !safeSysctls.has(name));
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
};

const hostProbes: Check = ({ spec }) => {
  const names: string[] = [];
  for (const container of containersOf(spec)) {
    const handlers = [
      container.livenessProbe,
      container.readinessProbe,
      container.startupProbe,
      container.lifecycle?.postStart,
      container.lifecycle?.preStop,
    ];
    const hosts = handlers.map((one) => {
      const socket = one?.tcpSocket as { host?: string } | undefined;
      return one?.httpGet?.host || socket?.host || '';
    });
    if (hosts.some((host) => host !== '' && host !== '127.0.0.1' && host !== '::1')) names.push(container.name);
  }
  if (names.length === 0) return undefined;
  return { reason: 'probe or lifecycle host', detail: `${named('container', names)} must not set a host of its own` };
};

/** The minor version of the standards that brought a control; the others are as old as the standards. */
export const addedIn: ReadonlyMap<Check, number> = new Map([[hostProbes, 34]]);

/** All controls, in the order they are named. */
export const baseline: readonly Check[] = [
  appArmor,
  baselineCapabilities,
  hostNamespaces,
  hostPaths,
  hostPorts,
  hostProbes,
  hostProcess,
  hostRuntime,
  privileged,
  procMount,
  seLinux,
  baselineSeccomp,
  sysctls,
];
