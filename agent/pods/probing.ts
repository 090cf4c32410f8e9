/** Looks after the probes of one Pod's running containers and keeps what they found in its record. */
import type { Container, Probe } from '../../hub/api/container.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { ProbeOutcome, ProbeRunner, ProbeTarget } from '../probes/probe.ts';
import type { ContainerObservation } from '../runtime/container.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { PodEvents } from './events.ts';
import type { PodRecord } from './pod-record.ts';
import { nextVerdict, noVerdict, type Verdict } from './probe-verdict.ts';
import { isTerminating, type Situation } from './situation.ts';

/** What probing uses; `changed` is called when a finding has changed. */
export interface ProbingOptions {
  readonly probe: ProbeRunner;
  readonly runtime: Runtime;
  readonly events: PodEvents;
  readonly clock: Clock;
  readonly changed: (uid: string) => void;
}

/** Probes of all Pods. */
export interface Probing {
  /** Starts and ends looks so that they fit what runs now. */
  sync(record: PodRecord, situation: Situation): void;
  stop(): void;
}

type Kind = 'startup' | 'readiness' | 'liveness';

const fieldOf = { startup: 'startupProbe', readiness: 'readinessProbe', liveness: 'livenessProbe' } as const;

/** Makes it. */
export function createProbing(options: ProbingOptions): Probing {
  /** By container id. */
  const watched = new Map<string, ContainerProbes>();
  const byPod = new Map<string, Set<string>>();
  const end = (id: string): void => {
    watched.get(id)?.stop();
    watched.delete(id);
  };
  return {
    sync(record, situation) {
      const { uid } = record.checkpoint;
      const due = isTerminating(situation) ? [] : probedContainers(record, situation);
      for (const { observation, container } of due) {
        if (watched.has(observation.id)) continue;
        const address = situation.observed.sandboxes[0]?.addresses[0] ?? '127.0.0.1';
        const since = observation.startedAt ?? situation.now;
        watched.set(
          observation.id,
          new ContainerProbes({ ...options, record, container, id: observation.id, address, since }),
        );
      }
      const wanted = new Set(due.map(({ observation }) => observation.id));
      for (const id of byPod.get(uid) ?? []) if (!wanted.has(id)) end(id);
      if (wanted.size === 0) byPod.delete(uid);
      else byPod.set(uid, wanted);
    },
    stop() {
      for (const id of [...watched.keys()]) end(id);
    },
  };
}

function probedContainers(
  record: PodRecord,
  situation: Situation,
): { observation: ContainerObservation; container: Container }[] {
  const all = [...(record.pod.spec.initContainers ?? []), ...record.pod.spec.containers].filter(isProbed);
  return situation.observed.containers.flatMap((observation) => {
    const container = all.find(({ name }) => name === observation.name);
    return container === undefined || observation.state !== 'running' ? [] : [{ observation, container }];
  });
}

function isProbed(container: Container): boolean {
  return (
    container.startupProbe !== undefined ||
    container.readinessProbe !== undefined ||
    container.livenessProbe !== undefined
  );
}

interface ContainerProbesOptions extends ProbingOptions {
  readonly record: PodRecord;
  readonly container: Container;
  readonly id: string;
  readonly address: string;
  readonly since: number;
}

/** API: while a startup probe has not succeeded, the other two wait. */
class ContainerProbes {
  readonly #options: ContainerProbesOptions;
  readonly #cancels = new Map<Kind, () => void>();
  readonly #verdicts = new Map<Kind, Verdict>();
  #stopped = false;

  constructor(options: ContainerProbesOptions) {
    this.#options = options;
    const { record, container, id } = options;
    record.probes.set(container.name, { id, started: container.startupProbe === undefined, ready: false });
    if (container.startupProbe !== undefined) this.#begin('startup');
    else this.#beginOthers();
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels.values()) cancel();
  }

  #beginOthers(): void {
    for (const kind of ['readiness', 'liveness'] as const)
      if (this.#options.container[fieldOf[kind]] !== undefined) this.#begin(kind);
  }

  #begin(kind: Kind): void {
    const { clock, container, since } = this.#options;
    const due = since + (container[fieldOf[kind]]?.initialDelaySeconds ?? 0) * 1000;
    this.#later(kind, Math.max(0, due - clock.now()));
  }

  #later(kind: Kind, milliseconds: number): void {
    const look = (): void => void this.#look(kind);
    if (!this.#stopped) this.#cancels.set(kind, this.#options.clock.after(milliseconds, look));
  }

  async #look(kind: Kind): Promise<void> {
    const { container, address, runtime, id, probe: run } = this.#options;
    const probe = container[fieldOf[kind]];
    if (probe === undefined) return;
    const target: ProbeTarget = { container, address, exec: (command, timeout) => runtime.exec(id, command, timeout) };
    const outcome = await run(probe, target);
    if (this.#stopped) return;
    if (this.#found(kind, probe, outcome)) this.#later(kind, (probe.periodSeconds ?? 10) * 1000);
  }

  /** Takes an outcome in; answers whether this probe goes on. */
  #found(kind: Kind, probe: Probe, outcome: ProbeOutcome): boolean {
    const { record, container, id, events } = this.#options;
    if (!outcome.ok) {
      const title = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
      const message = `${title} probe failed: ${outcome.message}`;
      events.report(record.pod, { type: 'Warning', reason: 'Unhealthy', message, container: container.name });
    }
    const before = this.#verdicts.get(kind) ?? noVerdict;
    const verdict = nextVerdict(before, probe, outcome.ok);
    this.#verdicts.set(kind, verdict);
    if (verdict.ok === before.ok || verdict.ok === undefined) return true;
    const known = record.probes.get(container.name) ?? { id };
    const sick = `Container ${container.name} failed ${kind} probe, will be restarted`;
    if (kind === 'readiness') record.probes.set(container.name, { ...known, ready: verdict.ok });
    else if (!verdict.ok) record.probes.set(container.name, { ...known, unhealthy: sick });
    else if (kind === 'startup') record.probes.set(container.name, { ...known, started: true });
    this.#options.changed(record.checkpoint.uid);
    if (kind === 'startup' && verdict.ok) this.#beginOthers();
    return kind === 'readiness' || (kind === 'liveness' && verdict.ok);
  }
}
