/** The restricted level of the Pod Security Standards: what a Pod must say to be hardened. */
import { baseline, baselineCapabilities, baselineSeccomp } from './baseline.ts';
import { type Check, containersOf, named, namesOf, podAndContainers, quoted } from './check.ts';

const allowedVolumes: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const isWindows = (spec: { os?: { name: string } }): boolean => spec.os?.name === 'windows';

const escalation: Check = ({ spec }) => {
  if (isWindows(spec)) return undefined;
  const names = namesOf(spec, (container) => container.securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${named('container', names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
};

const capabilities: Check = ({ spec }) => {
  if (isWindows(spec)) return undefined;
  const extra = new Set<string>();
  const keeping = namesOf(spec, (one) => !(one.securityContext?.capabilities?.drop ?? []).includes('ALL'));
  const adding = namesOf(spec, (one) => {
    const added = (one.securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
    for (const name of added) extra.add(name);
    return added.length > 0;
  });
  const parts: string[] = [];
  if (keeping.length > 0)
    parts.push(`${named('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) {
    const list = quoted([...extra].sort());
    parts.push(`${named('container', adding)} must not include ${list} in securityContext.capabilities.add`);
  }
  return parts.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: parts.join('; ') };
};

const volumes: Check = ({ spec }) => {
  const names: string[] = [];
  const kinds = new Set<string>();
  for (const volume of spec.volumes ?? []) {
    const kind = Object.keys(volume).find((field) => field !== 'name');
    if (kind === undefined || allowedVolumes.has(kind)) continue;
    names.push(volume.name);
    kinds.add(kind);
  }
  if (names.length === 0) return undefined;
  const verb = names.length === 1 ? 'uses' : 'use';
  const noun = kinds.size === 1 ? 'type' : 'types';
  return {
    reason: 'restricted volume types',
    detail: `${named('volume', names)} ${verb} restricted volume ${noun} ${quoted([...kinds].sort())}`,
  };
};

const nonRoot: Check = ({ spec }) => {
  const pod = spec.securityContext?.runAsNonRoot;
  const explicit = namesOf(spec, (one) => one.securityContext?.runAsNonRoot === false);
  if (pod === false || explicit.length > 0) {
    const where = podAndContainers(pod === false, explicit);
    return { reason: 'runAsNonRoot != true', detail: `${where} must not set securityContext.runAsNonRoot=false` };
  }
  if (pod === true) return undefined;
  const silent = namesOf(spec, (one) => one.securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return {
    reason: 'runAsNonRoot != true',
    detail: `pod or ${named('container', silent)} must set securityContext.runAsNonRoot=true`,
  };
};

const rootUser: Check = ({ spec }) => {
  const pod = spec.securityContext?.runAsUser === 0;
  const names = namesOf(spec, (one) => one.securityContext?.runAsUser === 0);
  if (!pod && names.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${podAndContainers(pod, names)} must not set runAsUser=0` };
};

const seccomp: Check = ({ spec }) => {
  if (isWindows(spec)) return undefined;
  const pod = spec.securityContext?.seccompProfile?.type;
  const fine = (type: string | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';
  const typeOf = (one: ReturnType<typeof containersOf>[number]): string | undefined =>
    one.securityContext?.seccompProfile?.type;
  const explicit = namesOf(spec, (one) => typeOf(one) !== undefined && !fine(typeOf(one)));
  const podBad = pod !== undefined && !fine(pod);
  if (podBad || explicit.length > 0) {
    const types = new Set<string>(podBad ? [pod] : []);
    for (const one of containersOf(spec)) if (explicit.includes(one.name)) types.add(typeOf(one) ?? '');
    const where = podAndContainers(podBad, explicit);
    const list = quoted([...types].sort());
    return { reason: 'seccompProfile', detail: `${where} must not set securityContext.seccompProfile.type to ${list}` };
  }
  if (fine(pod)) return undefined;
  const silent = namesOf(spec, (one) => typeOf(one) === undefined);
  if (silent.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `pod or ${named('container', silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
};

/** All controls: those of the baseline that are not stricter here, then its own. */
export const restricted: readonly Check[] = [
  ...baseline.filter((check) => check !== baselineCapabilities && check !== baselineSeccomp),
  escalation,
  capabilities,
  volumes,
  nonRoot,
  rootUser,
  seccomp,
];
