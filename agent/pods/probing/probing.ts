/** Looks after the probes of all Pods' running containers and keeps what they found in their records. */
import type { Container } from '../../../hub/api/container.ts';
import { type Case, casesOf, isHooking } from '../plan/case.ts';
import { ContainerProbes, type ProbedContainer, type ProbingOptions } from './container-probes.ts';
import type { PodRecord } from '../pod-record.ts';
import { isTerminating, type Situation } from '../situation.ts';

/** Probes of all Pods. */
export interface Probing {
  /** Starts and ends looks so that they fit what runs now. */
  sync(record: PodRecord, situation: Situation): void;
  stop(): void;
}

/** Makes it. */
export function createProbing(options: ProbingOptions): Probing {
  /** By container id. */
  const watched = new Map<string, ContainerProbes>();
  const byPod = new Map<string, Set<string>>();
  const begun = options.clock.now();
  const end = (id: string): void => {
    watched.get(id)?.stop();
    watched.delete(id);
  };
  return {
    sync(record, situation) {
      const { uid } = record.checkpoint;
      const wanted = new Set<string>();
      const ending = isTerminating(situation);
      for (const each of casesOf(situation)) {
        const probed = probedContainer(record, situation, each, begun);
        if (probed === undefined) continue;
        wanted.add(probed.id);
        if (!watched.has(probed.id)) watched.set(probed.id, new ContainerProbes({ ...options, ...probed }));
        if (ending) watched.get(probed.id)?.onlyReadiness();
      }
      for (const id of byPod.get(uid) ?? []) if (!wanted.has(id)) end(id);
      if (wanted.size === 0) byPod.delete(uid);
      else byPod.set(uid, wanted);
    },
    stop() {
      for (const id of [...watched.keys()]) end(id);
    },
  };
}

function probedContainer(
  record: PodRecord,
  { observed, now, pod }: Situation,
  each: Case,
  begun: number,
): ProbedContainer | undefined {
  const { container, known } = each;
  if (known.phase !== 'running' || isHooking(each) || !isProbed(container)) return undefined;
  const { observation } = known;
  const sandbox = observed.sandboxes.find(({ ready }) => ready);
  const since = observation.startedAt ?? now;
  const told = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    ({ name, containerID }) => name === container.name && containerID === observation.shownId,
  );
  return {
    record,
    container,
    id: observation.id,
    address: sandbox?.addresses[0] ?? '127.0.0.1',
    since,
    before: since >= begun ? undefined : { started: told?.started === true, ready: told?.ready === true },
  };
}

function isProbed({ startupProbe, readinessProbe, livenessProbe }: Container): boolean {
  return startupProbe !== undefined || readinessProbe !== undefined || livenessProbe !== undefined;
}
