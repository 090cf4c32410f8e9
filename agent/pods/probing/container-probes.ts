/** The probes of one running container: when each looks, and what their findings add up to. */
import type { Container, Probe } from '../../../hub/api/container.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { ProbeOutcome, ProbeRunner } from '../../probes/probe.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { PodEvents } from '../events.ts';
import type { PodRecord } from '../pod-record.ts';
import { firstLook, period } from './first-look.ts';
import { nextVerdict, noVerdict, type Verdict } from './probe-verdict.ts';
import type { ProbeResult } from '../situation.ts';

/** What probing uses; `changed` is called when a finding has changed. */
export interface ProbingOptions {
  readonly probe: ProbeRunner;
  readonly runtime: Runtime;
  readonly events: PodEvents;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly changed: (uid: string) => void;
}

/** The container. */
export interface ProbedContainer {
  readonly record: PodRecord;
  readonly container: Container;
  readonly id: string;
  readonly address: string;
  /** When it started; Unix milliseconds. */
  readonly since: number;
  /** What the hub was told of it before, when it was taken over by this agent. */
  readonly before: { readonly started: boolean; readonly ready: boolean } | undefined;
}

type Kind = 'startup' | 'readiness' | 'liveness';

const fieldOf = { startup: 'startupProbe', readiness: 'readinessProbe', liveness: 'livenessProbe' } as const;
const titles = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' } as const;

/** API: while a startup probe has not succeeded, the other two wait. */
export class ContainerProbes {
  readonly #options: ProbingOptions & ProbedContainer;
  readonly #cancels = new Map<Kind, () => void>();
  readonly #verdicts = new Map<Kind, Verdict>();
  #stopped = false;

  constructor(options: ProbingOptions & ProbedContainer) {
    this.#options = options;
    const { record, container, id, before } = options;
    const started = container.startupProbe === undefined || before?.started === true;
    record.probes.set(container.name, { id, started, ready: before?.ready === true });
    if (before?.ready === true) this.#verdicts.set('readiness', { ...noVerdict, ok: true });
    if (!started) this.#begin('startup');
    else this.#beginOthers();
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels.values()) cancel();
  }

  /** API: a Pod that is ending is asked for its readiness to the last, and for nothing else. */
  onlyReadiness(): void {
    for (const kind of ['startup', 'liveness'] as const) {
      this.#cancels.get(kind)?.();
      this.#cancels.delete(kind);
      this.#verdicts.set(kind, { ...noVerdict, ok: true });
    }
    this.#onlyReadiness = true;
  }

  #onlyReadiness = false;

  #beginOthers(): void {
    for (const kind of ['readiness', 'liveness'] as const)
      if (this.#options.container[fieldOf[kind]] !== undefined) this.#begin(kind);
  }

  /** API: an agent that takes over many containers spreads its first looks over a period. */
  #begin(kind: Kind): void {
    const { clock, container, since, before, random } = this.#options;
    const probe = container[fieldOf[kind]] ?? {};
    const due = firstLook(kind, probe, since, clock.now());
    this.#later(kind, before === undefined ? due : Math.max(due, random() * period(probe)));
  }

  #later(kind: Kind, milliseconds: number): void {
    const look = (): void => void this.#look(kind);
    if (!this.#stopped) this.#cancels.set(kind, this.#options.clock.after(milliseconds, look));
  }

  async #look(kind: Kind): Promise<void> {
    const { container, address, runtime, id, probe: run } = this.#options;
    const probe = container[fieldOf[kind]];
    if (probe === undefined) return;
    const outcome = await run(probe, {
      container,
      address,
      exec: (command, timeout) => runtime.exec(id, command, timeout),
    });
    if (this.#stopped || (this.#onlyReadiness && kind !== 'readiness')) return;
    this.#tell(kind, outcome);
    if (outcome.unknown === true || this.#found(kind, probe, outcome.ok)) this.#later(kind, period(probe));
  }

  #tell(kind: Kind, { ok, message, warning, unknown }: ProbeOutcome): void {
    const { record, container, events } = this.#options;
    const tell = (reason: string, text: string): void =>
      events.report(record.pod, { type: 'Warning', reason, message: text, container: container.name });
    if (unknown === true) tell('Unhealthy', `${titles[kind]} probe errored and resulted in unknown state: ${message}`);
    else if (!ok) tell('Unhealthy', `${titles[kind]} probe failed: ${message}`);
    else if (warning !== undefined) tell('ProbeWarning', `${titles[kind]} probe warning: ${warning}`);
  }

  /** Takes an outcome in; answers whether this probe goes on. */
  #found(kind: Kind, probe: Probe, ok: boolean): boolean {
    const { record, container, id } = this.#options;
    const before = this.#verdicts.get(kind) ?? noVerdict;
    const verdict = nextVerdict(before, probe, ok);
    this.#verdicts.set(kind, verdict);
    if (verdict.ok === before.ok || verdict.ok === undefined) return true;
    const known: ProbeResult = record.probes.get(container.name) ?? { id };
    if (kind === 'readiness') record.probes.set(container.name, { ...known, ready: verdict.ok });
    else if (!verdict.ok) record.probes.set(container.name, { ...known, unhealthy: kind });
    else if (kind === 'startup') record.probes.set(container.name, { ...known, started: true });
    this.#options.changed(record.checkpoint.uid);
    if (kind === 'startup' && verdict.ok) this.#beginOthers();
    return kind === 'readiness' || (kind === 'liveness' && verdict.ok);
  }
}
