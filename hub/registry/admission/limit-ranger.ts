/** LimitRanger: the limits of a namespace, as defaults of containers and as bounds of Pods and claims. */
import type { Container } from '../../api/container.ts';
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { Pod } from '../../api/pod.ts';
import type { LimitRange, LimitRangeItem } from '../../api/quota.ts';
import type { ResourceRef } from '../../api/resource.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';
import { forbid, isPodCreate, isPodResize, type Reader } from './forbid.ts';
import { brokenClaimLimits, brokenLimits } from './limit-constraints.ts';
import { type Amounts, plainAmount, podAmounts } from './pod-amounts.ts';

const limitRanges: ResourceRef = { group: '', version: 'v1', resource: 'limitranges' };
/** API: tells the user which values are not theirs. */
const annotation = 'kubernetes.io/limit-ranger';

function isClaim({ info, operation, subresource }: AdmissionRequest): boolean {
  if (info.resource !== 'persistentvolumeclaims' || subresource !== '') return false;
  return operation === 'CREATE' || operation === 'UPDATE';
}

/** The plugin. */
export class LimitRanger implements AdmissionPlugin {
  readonly name = 'LimitRanger';
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  handles(request: AdmissionRequest): boolean {
    return isPodCreate(request) || isPodResize(request) || isClaim(request);
  }

  mutate(request: AdmissionRequest): void {
    if (request.info.resource !== 'pods') return;
    for (const items of this.#items(request.namespace)) setDefaults(request.object as unknown as Pod, items);
  }

  validate(request: AdmissionRequest): void {
    for (const items of this.#items(request.namespace)) {
      const broken =
        request.info.resource === 'pods'
          ? brokenByPod(items, request.object as unknown as Pod)
          : brokenByClaim(items, request.object as unknown as PersistentVolumeClaim);
      if (broken.length === 0) continue;
      throw forbid(request, broken.length === 1 ? (broken[0] ?? '') : `[${broken.join(', ')}]`);
    }
  }

  *#items(namespace: string): Generator<LimitRangeItem[]> {
    for (const entry of this.#reader.entries(limitRanges, namespace)) {
      yield entry.object<LimitRange>().spec?.limits ?? [];
    }
  }
}

function setDefaults(pod: Pod, items: readonly LimitRangeItem[]): void {
  const limits: Record<string, string> = {};
  const requests: Record<string, string> = {};
  for (const item of items) {
    if (item.type !== 'Container') continue;
    Object.assign(limits, item.default);
    Object.assign(requests, item.defaultRequest);
  }
  const told: string[] = [];
  const fill = (container: Container, what: string): void => {
    container.resources ??= {};
    told.push(...fillMissing(container, 'requests', requests, `request for ${what} ${container.name}`));
    told.push(...fillMissing(container, 'limits', limits, `limit for ${what} ${container.name}`));
  };
  for (const container of pod.spec.containers ?? []) fill(container, 'container');
  for (const container of pod.spec.initContainers ?? []) fill(container, 'init container');
  if (told.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${told.join('; ')}`,
  };
}

function fillMissing(container: Container, which: 'requests' | 'limits', values: Amounts, what: string): string[] {
  const current = container.resources?.[which] ?? {};
  const missing = Object.keys(values)
    .filter((name) => current[name] === undefined)
    .sort();
  if (missing.length === 0) return [];
  const filled = { ...current };
  for (const name of missing) filled[name] = values[name] ?? '0';
  container.resources = { ...container.resources, [which]: filled };
  return [`${missing.join(', ')} ${what}`];
}

function brokenByPod(items: readonly LimitRangeItem[], pod: Pod): string[] {
  const broken: string[] = [];
  for (const item of items) {
    if (item.type === 'Container') {
      for (const container of [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])]) {
        const { requests = {}, limits = {} } = container.resources ?? {};
        broken.push(...brokenLimits(item, { requests, limits }));
      }
    } else if (item.type === 'Pod') {
      const requests = plain(podAmounts(pod, 'requests'));
      broken.push(...brokenLimits(item, { requests, limits: plain(podAmounts(pod, 'limits')) }));
    }
  }
  return broken;
}

function plain(amounts: Amounts): Amounts {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, plainAmount(amount)]));
}

function brokenByClaim(items: readonly LimitRangeItem[], claim: PersistentVolumeClaim): string[] {
  const requests = (claim.spec as { resources?: { requests?: Amounts } } | undefined)?.resources?.requests ?? {};
  return items
    .filter((item) => item.type === 'PersistentVolumeClaim')
    .flatMap((item) => brokenClaimLimits(item, requests));
}
