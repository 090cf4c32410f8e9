/** The manifests of a node as Pods; what is none is told once, as an event of the node. */
import { createHash } from 'node:crypto';
import type { EventReport } from '../../../hub/api/link.ts';
import { microTimestamp } from '../../../hub/api/object.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { ManifestFile, Manifests } from '../../state/manifests.ts';

/** Where manifests lie, and who is told of those that are none. */
export interface StaticFilesOptions {
  readonly node: string;
  readonly manifests: Manifests;
  readonly reportEvent: (event: EventReport) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Reads the directory again and again. */
export class StaticFiles {
  readonly #options: StaticFilesOptions;
  /** What was told of each file. */
  #troubles = new Map<string, string>();

  constructor(options: StaticFilesOptions) {
    this.#options = options;
  }

  /** The static Pods by uid. Of two with one name the one in the first file counts. Rejects when nothing can be read. */
  async read(): Promise<ReadonlyMap<string, Pod>> {
    const files = await this.#options.manifests.read();
    const pods = new Map<string, Pod>();
    const owners = new Map<string, string>();
    const troubles = new Map<string, string>();
    for (const file of files) {
      try {
        const pod = await this.#parse(file);
        const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
        const owner = owners.get(name);
        if (owner !== undefined) throw new Error(`the Pod ${name} is in ${owner} already`);
        owners.set(name, file.name);
        pods.set(pod.metadata.uid ?? '', pod);
      } catch (error) {
        troubles.set(file.name, (error as Error).message);
      }
    }
    for (const [name, cause] of troubles) if (this.#troubles.get(name) !== cause) this.#complain(name, cause);
    this.#troubles = troubles;
    return pods;
  }

  async #parse(file: ManifestFile): Promise<Pod> {
    if ('error' in file) throw new Error(file.error);
    // the library that reads YAML is heavy, and most nodes have no static Pods
    const { parseStaticPod } = await import('./static-pod.ts');
    return parseStaticPod(file.text, this.#options.node);
  }

  #complain(file: string, cause: string): void {
    const { node, clock, log, reportEvent } = this.#options;
    log.warn({ file, error: cause }, 'a manifest is no static Pod');
    const message = `static Pod manifest ${file}: ${cause}`;
    const now = microTimestamp(clock.now());
    const hash = createHash('sha256').update(message).update(now).digest('hex').slice(0, 16);
    reportEvent({
      ...{ namespace: 'default', name: `${node}.${hash}` },
      regarding: { kind: 'Node', apiVersion: 'v1', name: node, uid: node },
      ...{ type: 'Warning', reason: 'InvalidStaticPod', message, component: 'kubelet' },
      ...{ first: now, last: now, count: 1 },
    });
  }
}
