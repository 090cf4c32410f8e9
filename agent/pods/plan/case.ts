/** A container of the spec with what is known of it: what plan decides about. Pure. */
import type { EphemeralContainer } from '../../../hub/api/container.ts';
import { type KnownContainer, knownContainer } from '../known-container.ts';
import { initRestarts, restarts } from './restart.ts';
import { type ContainerRole, containersOf, isSidecar, type Situation } from '../situation.ts';
import type { Step } from '../step.ts';

/** One container. */
export interface Case {
  readonly container: EphemeralContainer;
  readonly role: ContainerRole;
  readonly known: KnownContainer;
}

/** Every container of the Pod, in the order of `containersOf`. */
export function casesOf(situation: Situation): Case[] {
  return containersOf(situation.pod).map(({ container, role }) => ({
    container,
    role,
    known: knownContainer(situation, container.name),
  }));
}

/** Whether it runs again after ending with `exitCode`. API: an ephemeral container never does. */
export function runsAgain(
  situation: Situation,
  { container, role }: Pick<Case, 'container' | 'role'>,
  exitCode: number,
): boolean {
  if (role === 'ephemeral') return false;
  return (role === 'init' ? initRestarts : restarts)(situation.pod, container, exitCode);
}

/** True when no container will ever run again, by its policy or because an init container failed for good. */
export function isFinished(situation: Situation, cases: readonly Case[]): boolean {
  const forGood = (each: Case): boolean =>
    each.known.phase === 'exited' && !runsAgain(situation, each, each.known.ended.exitCode);
  const initFailed = cases.some(
    (each) =>
      each.role === 'init' &&
      !isSidecar(each.container) &&
      each.known.phase === 'exited' &&
      each.known.ended.exitCode !== 0 &&
      forGood(each),
  );
  const main = cases.filter(({ role }) => role === 'main');
  return initFailed || (main.length > 0 && main.every(forGood));
}

/** Its postStart hook has not ended: it counts as not started, and those after it wait. */
export function isHooking({ known }: Pick<Case, 'known'>): boolean {
  return known.phase === 'running' && known.checkpoint.hook === 'due';
}

/** Writes down how it ended, once. */
export function recordStep({ container, known }: Case): Step[] {
  if (known.phase !== 'exited' || known.checkpoint.ended !== undefined) return [];
  return [{ kind: 'record', container: container.name, checkpoint: known.checkpoint, ended: known.ended }];
}
