/** Decides about resizes in place: whether the node grants one, and how what was granted reaches the containers. Pure. */
import type { ResourceRequirements } from '../../../hub/api/container.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { allocatedPod, changedResources, sameResources } from './allocation.ts';
import type { Case } from '../plan/case.ts';
import { podRequests } from './pod-resources.ts';
import { containersOf, graceOf, isSidecar, type Situation } from '../situation.ts';
import type { Step } from '../step.ts';

/** What becomes of a resize. API: reasons of the condition PodResizePending. */
export type ResizeVerdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'granted'; readonly resources: Readonly<Record<string, ResourceRequirements>> }
  | { readonly kind: 'Deferred' | 'Infeasible'; readonly message: string };

/** Under this name a resize that fails is among the Pod's problems; no container can be called so. */
export const resizeProblem = '/resize';

/** What containers that were started before are to have instead of what they were granted. */
export function wantedResources({
  pod,
  checkpoint,
}: Pick<Situation, 'pod' | 'checkpoint'>): Record<string, ResourceRequirements> {
  const wanted: Record<string, ResourceRequirements> = {};
  for (const { container, role } of containersOf(pod)) {
    if (role === 'ephemeral' || (role === 'init' && !isSidecar(container))) continue;
    const granted = checkpoint.containers[container.name]?.resources;
    if (granted !== undefined && !sameResources(granted, container.resources))
      wanted[container.name] = container.resources ?? {};
  }
  return wanted;
}

/** The verdict on the resize the Pod asks for, if any. */
export function judgeResize(situation: Situation): ResizeVerdict {
  const resources = wantedResources(situation);
  const { room, pod, checkpoint } = situation;
  if (room === undefined || Object.keys(resources).length === 0) return { kind: 'none' };
  const before = podRequests(allocatedPod(pod, checkpoint));
  const next = podRequests(pod);
  for (const name of ['cpu', 'memory'] as const) {
    if (next[name] <= before[name]) continue;
    const [wanted, capacity, used] = [next[name], room.capacity[name], room.used[name]];
    if (wanted > capacity)
      return {
        kind: 'Infeasible',
        message: `Node didn't have enough capacity: ${name}, requested: ${wanted}, capacity: ${capacity}`,
      };
    if (wanted + used > capacity)
      return {
        kind: 'Deferred',
        message: `Node didn't have enough resource: ${name}, requested: ${wanted}, used: ${used}, capacity: ${capacity}`,
      };
  }
  return { kind: 'granted', resources };
}

/** Grants, then changes what runs: in place, or by a restart where the container's resizePolicy asks for one. */
export function resizeSteps(situation: Situation, cases: readonly Case[]): Step[] {
  const verdict = judgeResize(situation);
  if (verdict.kind === 'granted') return [{ kind: 'grant', resources: verdict.resources }];
  const problem = situation.problems.get(resizeProblem);
  if (problem !== undefined && problem.until > situation.now) return [{ kind: 'wait', until: problem.until }];
  const stops: Step[] = [];
  const inPlace: string[] = [];
  for (const { container, known } of cases) {
    if (known.phase !== 'running' || known.checkpoint.resizing === undefined) continue;
    const changed = changedResources(known.checkpoint.resizing, known.checkpoint.resources);
    const restart = container.resizePolicy?.some(
      ({ resourceName, restartPolicy }) => restartPolicy === 'RestartContainer' && changed.includes(resourceName),
    );
    const why = `Container ${container.name} resize requires restart`;
    if (restart === true)
      stops.push({ kind: 'stop', container: container.name, id: known.checkpoint.id, grace: graceOf(situation), why });
    else inPlace.push(container.name);
  }
  return [...stops, ...(inPlace.length > 0 ? [{ kind: 'resize', containers: inPlace } as const] : [])];
}

/** True while something granted has not reached its container. */
export function isResizing({ checkpoint }: Pick<Situation, 'checkpoint'>): boolean {
  return Object.values(checkpoint.containers).some(({ resizing }) => resizing !== undefined);
}

/** The Pod as its containers really are while a resize is under way. */
export function appliedPod(pod: Pod, checkpoint: Situation['checkpoint']): Pod {
  const containers = Object.fromEntries(
    Object.entries(checkpoint.containers).map(([name, each]) => [
      name,
      each.resizing === undefined ? each : { ...each, resources: each.resizing },
    ]),
  );
  return allocatedPod(pod, { ...checkpoint, containers });
}
