/** What the checks of the Pod Security Standards share: containers of a Pod and the wording of what is wrong. */
import type { Container } from '../../../api/container.ts';
import type { ObjectMeta } from '../../../api/object.ts';
import type { PodSpec } from '../../../api/pod.ts';

/** The part of a Pod, or of a Pod template, that is judged. */
export interface Subject {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  /** Of its RuntimeClass; unset when it names none that is known. */
  readonly handler?: string;
}

/** What is wrong: `privileged` and, in brackets, where. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** One control of a level; undefined when the Pod is fine. */
export type Check = (subject: Subject) => Violation | undefined;

/** Every container, in the order they are judged. */
export function containersOf(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

/** Names of the containers for which `bad` holds. */
export function namesOf(spec: PodSpec, bad: (container: Container) => boolean): string[] {
  return containersOf(spec)
    .filter(bad)
    .map((container) => container.name);
}

/** `"a", "b"`. */
export function quoted(values: Iterable<string>): string {
  return [...values].map((value) => JSON.stringify(value)).join(', ');
}

/** `container "a"` or `containers "a", "b"`. */
export function named(noun: string, names: readonly string[]): string {
  return `${noun}${names.length === 1 ? '' : 's'} ${quoted(names)}`;
}

/** What is wrong with the Pod itself and with some of its containers: `pod or container "a"`. */
export function podAndContainers(pod: boolean, names: readonly string[]): string {
  const parts: string[] = [];
  if (pod) parts.push('pod');
  if (names.length > 0) parts.push(named('container', names));
  return parts.join(' and ');
}
