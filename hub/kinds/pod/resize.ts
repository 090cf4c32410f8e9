/** Resizing a Pod in place: its requests and limits of CPU and memory, and nothing else. API: pods/resize. */
import type { Container, ResourceRequirements } from '../../api/container.ts';
import { type FieldError, forbiddenField, invalid } from '../../api/field-error.ts';
import type { Pod, PodSpec } from '../../api/pod.ts';
import { configMirrorAnnotation } from '../../api/static-pod.ts';
import { sameValue } from '../field-checks.ts';
import type { PartStrategy } from '../kind.ts';
import { keepAllOf } from './keep-all.ts';
import { qosClass } from './qos.ts';
import { validatePodItself } from './validate.ts';

const onlyThese = 'only cpu and memory resources are mutable';
const lists = ['containers', 'initContainers'] as const;
type Amounts = Record<string, string>;

/** The old containers with what the new ones ask for; the new ones themselves when they are other containers. */
function resized(containers: readonly Container[], old: readonly Container[]): Container[] {
  const same = containers.every((container, index) => container.name === old[index]?.name);
  if (!same) return [...containers];
  return containers.map(({ resources, resizePolicy }, index) => {
    const { resources: _resources, resizePolicy: _policy, ...rest } = old[index] as Container;
    return { ...rest, ...(resources ? { resources } : {}), ...(resizePolicy ? { resizePolicy } : {}) };
  });
}

/** API: a change of how many containers there are is left for the validation to refuse. */
function prepare(pod: Pod, old: Pod): void {
  const asked: PodSpec = pod.spec;
  if (lists.some((list) => (asked[list]?.length ?? 0) !== (old.spec[list]?.length ?? 0))) return;
  keepAllOf(pod, old);
  const { resources: _resources, ...rest } = old.spec;
  pod.spec = { ...rest, ...(asked.resources ? { resources: asked.resources } : {}) };
  for (const list of lists) {
    const containers = asked[list];
    if (containers !== undefined) pod.spec[list] = resized(containers, old.spec[list] ?? []);
  }
}

/** API: a node that does not tell what its containers have cannot change it. */
function isSupported(old: Pod): boolean {
  const running = old.status?.containerStatuses?.find((status) => status.state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

function removed(now: Amounts | undefined, before: Amounts | undefined): boolean {
  return Object.keys(before ?? {}).some((name) => now?.[name] === undefined);
}

function removedFrom(
  now: ResourceRequirements | undefined,
  before: ResourceRequirements | undefined,
  path: string,
  what: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [field, noun] of [
    ['requests', 'requests'],
    ['limits', 'limits'],
  ] as const) {
    if (!removed(now?.[field], before?.[field])) continue;
    errors.push(forbiddenField(`${path}.${field}`, `${what} ${noun} cannot be removed`));
  }
  return errors;
}

/** `now` with the CPU and memory of `before`. */
function restoredAmounts(now: Amounts | undefined, before: Amounts | undefined): Amounts | undefined {
  if (now === undefined && before === undefined) return undefined;
  const { cpu: _cpu, memory: _memory, ...rest } = now ?? {};
  for (const name of ['cpu', 'memory']) if (before?.[name] !== undefined) rest[name] = before[name];
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function restored(now: ResourceRequirements, before: ResourceRequirements | undefined): ResourceRequirements {
  const limits = restoredAmounts(now.limits, before?.limits);
  const requests = restoredAmounts(now.requests, before?.requests);
  const { limits: _limits, requests: _requests, ...rest } = now;
  return { ...rest, ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) };
}

const isSame = (now: Container, before: Container): boolean =>
  sameValue({ ...now, resources: restored(now.resources ?? {}, before.resources) }, { resources: {}, ...before });

function orderErrors(spec: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const list of lists) {
    const [now, before] = [spec[list] ?? [], old[list] ?? []];
    if (now.length !== before.length) {
      errors.push(forbiddenField(`spec.${list}`, `${list} may not be added or removed on resize`));
      continue;
    }
    now.forEach(({ name }, index) => {
      if (name === before[index]?.name) return;
      errors.push(forbiddenField(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`));
    });
  }
  return errors;
}

function containerErrors(spec: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const list of ['initContainers', 'containers'] as const) {
    spec[list]?.forEach(({ resources }, index) => {
      const path = `spec.${list}[${index}].resources`;
      errors.push(...removedFrom(resources, old[list]?.[index]?.resources, path, 'resource'));
    });
  }
  const pairs = (list: (typeof lists)[number]): [Container, Container][] =>
    (spec[list] ?? []).map((now, index) => [now, old[list]?.[index] as Container]);
  for (const [now, before] of pairs('containers')) {
    if (!isSame(now, before)) errors.push(forbiddenField('spec', onlyThese));
  }
  pairs('initContainers').forEach(([now, before], index) => {
    const path = `spec.initContainers[${index}]`;
    if (!isSame(now, before)) {
      errors.push(forbiddenField(path, 'only cpu and memory resources for init or sidecar containers are mutable'));
    }
    const restarts = now.resizePolicy?.some((policy) => policy.restartPolicy === 'RestartContainer') === true;
    if (!sameValue(now, before) && now.restartPolicy !== 'Always' && restarts) {
      const why = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
      errors.push(forbiddenField(path, why));
    }
  });
  return errors;
}

/** API: what a Pod asks for as a whole. */
function wholeErrors(now: ResourceRequirements | undefined, before: ResourceRequirements | undefined): FieldError[] {
  const isSet = (one: ResourceRequirements | undefined): boolean =>
    Object.keys({ ...one?.requests, ...one?.limits }).length > 0;
  if (!isSet(now) && !isSet(before)) return [];
  if (now === undefined) return [forbiddenField('spec.resources', 'pod-level resources cannot be removed')];
  const errors = removedFrom(now, before, 'spec.resources', 'pod-level resource');
  if (!sameValue(restored(now, before), before ?? {})) errors.push(forbiddenField('spec', `${onlyThese} at pod-level`));
  return errors;
}

function validate(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[configMirrorAnnotation] !== undefined) {
    return [forbiddenField('', 'static pods cannot be resized')];
  }
  if (old.spec.os?.name === 'windows') return [forbiddenField('', 'windows pods cannot be resized')];
  const errors = validatePodItself(pod);
  const before = old.status?.qosClass ?? qosClass(old.spec);
  if (qosClass(pod.spec) !== before) {
    errors.push(invalid('spec', before, 'Pod QOS Class may not change as a result of resizing'));
  }
  if (!isSupported(old)) errors.push(forbiddenField('spec', 'Pod running on node without support for resize'));
  errors.push(...wholeErrors(pod.spec.resources, old.spec.resources));
  const order = orderErrors(pod.spec, old.spec);
  return [...errors, ...(order.length > 0 ? order : containerErrors(pod.spec, old.spec))];
}

/** What a write of pods/resize does. */
export const resizePart: PartStrategy = {
  prepare: (object, old) => prepare(object as unknown as Pod, old as unknown as Pod),
  validate: (object, old) => validate(object as unknown as Pod, old as unknown as Pod),
};
