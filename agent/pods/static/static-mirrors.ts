/** Mirrors: under which uid the hub shows each static Pod, which may be another one at any time. */
import type { PodReport } from '../../../hub/api/link.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { PodStatus } from '../../../hub/api/pod.ts';
import { configMirrorAnnotation } from '../../../hub/api/static-pod.ts';

/** The uid of the static Pod that a mirror stands for; undefined for every other object. */
export function mirroredUid({ kind, metadata }: KubeObject): string | undefined {
  return kind === 'Pod' ? metadata.annotations?.[configMirrorAnnotation] : undefined;
}

/** The newest state of each static Pod and the uid of its mirror. `report` tells the hub of a mirror. */
export class StaticMirrors {
  readonly #report: (report: PodReport) => void;
  readonly #uids = new Map<string, string>();
  readonly #statuses = new Map<string, PodStatus>();

  constructor(report: (report: PodReport) => void) {
    this.#report = report;
  }

  /** An object of the hub: when it is a mirror it shows from now on how its Pod is. */
  meet(object: KubeObject): void {
    const own = mirroredUid(object);
    const { uid = '', namespace = '', name = '', deletionTimestamp } = object.metadata;
    if (own === undefined || deletionTimestamp !== undefined || this.#uids.get(own) === uid) return;
    this.#uids.set(own, uid);
    const status = this.#statuses.get(own);
    if (status !== undefined) this.#report({ namespace, name, uid, status });
  }

  /** A static Pod's state, told as soon as there is a mirror. */
  tell(report: PodReport): void {
    if (report.status !== undefined) this.#statuses.set(report.uid, report.status);
    const uid = this.#uids.get(report.uid);
    if (uid !== undefined) this.#report({ ...report, uid });
  }

  /** Nothing of the static Pod is left: the hub takes its mirror away. */
  forget(own: string): void {
    this.#statuses.delete(own);
    this.#uids.delete(own);
  }

  /** The static Pod's uid for its mirror's; any other uid as it is. */
  ownUid(uid: string): string {
    for (const [own, mirror] of this.#uids) if (mirror === uid) return own;
    return uid;
  }

  /** The mirror's uid for its static Pod's; any other uid as it is. */
  shownUid(own: string): string {
    return this.#uids.get(own) ?? own;
  }
}
