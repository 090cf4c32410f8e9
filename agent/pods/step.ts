/** What the agent can do for a Pod: the words in which plan speaks and which steps carry out. */
import type { Container, ContainerStateTerminated, ResourceRequirements } from '../../hub/api/container.ts';
import type { ContainerCheckpoint, PodFailure } from '../state/checkpoints.ts';
import type { CrashBackoff } from './plan/crash-backoff.ts';

/** One thing to do. Steps of one plan are carried out in order; the first that fails ends the turn. */
export type Step =
  /** Make the Pod's sandbox. `lost`: it replaces one that is gone, and everything in it begins anew. */
  | { readonly kind: 'sandbox'; readonly lost: boolean }
  /** Put the Pod's volumes in place, or bring them up to date. */
  | { readonly kind: 'volumes' }
  /**
   * Start an attempt of a container, or begin to fetch its image and try again when that is here. `id` is set when the
   * attempt was written down before.
   */
  | {
      readonly kind: 'start';
      readonly container: Container;
      readonly attempt: number;
      readonly id?: string;
      readonly last?: ContainerStateTerminated;
      readonly backoff?: CrashBackoff;
    }
  /** Begin the postStart hook of a container that has just started. Does not wait. */
  | { readonly kind: 'hook'; readonly container: Container; readonly id: string }
  /** Write down that the postStart hook is done. */
  | { readonly kind: 'hooked'; readonly container: string }
  /** Write down how a container ended. */
  | {
      readonly kind: 'record';
      readonly container: string;
      readonly checkpoint: ContainerCheckpoint;
      readonly ended: ContainerStateTerminated;
    }
  /** Begin the preStop hook of a container that is asked to stop later. Does not wait. */
  | { readonly kind: 'prestop'; readonly container: string; readonly id: string; readonly grace: number }
  /** Run the preStop hook, ask the container to end, kill it after `grace` seconds in all. Does not wait. `why`: '' for none. */
  | {
      readonly kind: 'stop';
      readonly container: string;
      readonly id: string;
      readonly grace: number;
      readonly why: string;
    }
  /** Forget an older attempt and its log. */
  | { readonly kind: 'remove'; readonly id: string }
  /** Write down what a resize grants; the containers are changed after that. */
  | { readonly kind: 'grant'; readonly resources: Readonly<Record<string, ResourceRequirements>> }
  /** Give running containers what they were granted. */
  | { readonly kind: 'resize'; readonly containers: readonly string[] }
  /** The Pod may not run any more. */
  | ({ readonly kind: 'fail' } & PodFailure)
  /** Write down since when the Pod is ending, and with which grace. */
  | { readonly kind: 'terminate'; readonly since: number; readonly grace: number }
  /** Give back what a Pod that has finished still holds; its containers and logs stay to be read. */
  | { readonly kind: 'release' }
  /** Remove everything of the Pod from the node and say so. */
  | { readonly kind: 'teardown' }
  /** Look again at this time (Unix milliseconds). */
  | { readonly kind: 'wait'; readonly until: number };

/** The step of one kind. */
export type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;

/** Carries out steps: one entry a kind, so a kind without its doer does not compile. */
export type StepRunner = { readonly [K in Step['kind']]: (step: StepOf<K>) => Promise<void> | void };

/** Runs one step. */
export async function runStep<K extends Step['kind']>(runner: StepRunner, step: StepOf<K>): Promise<void> {
  const run = runner[step.kind] as (step: StepOf<K>) => Promise<void> | void;
  await run(step);
}
