/** What a user is told about a Pod that is accepted but odd. */
import type { Container } from '../../api/container.ts';
import { isDns1123Label } from '../../api/names.ts';
import type { Pod, PodSpec, PodTemplateSpec, Volume } from '../../api/pod.ts';

const removedVolumes: readonly (readonly [keyof Volume, string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

const renamedLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

function environmentWarnings(container: Container, path: string, warnings: string[]): void {
  if ((container.env?.length ?? 0) < 2) return;
  const seen = new Set<string>();
  container.env?.forEach((one, index) => {
    if (seen.has(one.name)) {
      warnings.push(
        `${path}.env[${index}]: hides previous definition of "${one.name}", which may be dropped when using apply`,
      );
    }
    seen.add(one.name);
  });
}

function portWarnings(container: Container, path: string, warnings: string[]): void {
  if ((container.ports?.length ?? 0) < 2) return;
  const seen = new Map<string, number>();
  container.ports?.forEach((port, index) => {
    const key = `${port.containerPort}/${port.protocol}/${port.hostPort ?? 0}/${port.hostIP ?? ''}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else warnings.push(`${path}.ports[${index}]: duplicate port definition with ${path}.ports[${first}]`);
  });
}

function containerWarnings(containers: readonly Container[] | undefined, path: string, warnings: string[]): void {
  containers?.forEach((container, index) => {
    portWarnings(container, `${path}[${index}]`, warnings);
    environmentWarnings(container, `${path}[${index}]`, warnings);
  });
}

function specWarnings(spec: PodSpec, path: string): string[] {
  const warnings: string[] = [];
  for (const label in spec.nodeSelector) {
    const text = renamedLabels[label];
    if (text !== undefined) warnings.push(`${path}.nodeSelector[${label}]: ${text}`);
  }
  spec.volumes?.forEach((volume, index) => {
    for (const [source, text] of removedVolumes) {
      if (volume[source] !== undefined) warnings.push(`${path}.volumes[${index}].${source}: ${text}`);
    }
  });
  spec.imagePullSecrets?.forEach((secret, index) => {
    if (!secret.name) warnings.push(`${path}.imagePullSecrets[${index}].name: invalid empty name ""`);
  });
  containerWarnings(spec.initContainers, `${path}.initContainers`, warnings);
  containerWarnings(spec.containers, `${path}.containers`, warnings);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    warnings.push(
      `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  }
  return warnings;
}

function nameWarnings(name: string): string[] {
  const problems = isDns1123Label(name);
  if (problems.length === 0) return [];
  const advice = 'which can result in surprising behavior; a DNS label is recommended';
  return [`metadata.name: this is used in the Pod's hostname, ${advice}: [${problems.join(' ')}]`];
}

/** Warnings about a Pod. */
export function podWarnings(pod: Pod): string[] {
  return [...nameWarnings(pod.metadata.name ?? ''), ...specWarnings(pod.spec, 'spec')];
}

/** Warnings about a template of Pods at `path`. */
export function podTemplateWarnings(template: PodTemplateSpec | undefined, path: string): string[] {
  return template?.spec === undefined ? [] : specWarnings(template.spec, `${path}.spec`);
}
