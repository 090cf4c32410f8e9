/**
 * Tells Ingresses where they are reached: the nodes on which this addon's Pods are ready. Done by one elected instance. When the
 * addon goes, each instance takes away what is left once it writes no more: any may be the last.
 */
import { isNotFound } from '../../../hub/api/errors.ts';
import type { Ingress, IngressLoadBalancerIngress } from '../../../hub/api/networking.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { WorkQueue } from '../../../hub/base/work-queue.ts';
import { Election } from '../client/election.ts';
import { isGoing } from '../client/going.ts';
import { Mirror } from '../client/mirror.ts';
import type { ProgramContext, RunningProgram } from '../client/program.ts';

/** Whom the status is of. */
export interface StatusOptions extends ProgramContext {
  /** This Pod. */
  readonly pod: string;
  /** The program's own DaemonSet. */
  readonly daemonSet: string;
  /** All that are served, by `namespace/name`. */
  readonly ingresses: () => ReadonlyMap<string, Ingress>;
}

/** Most addresses an Ingress is told. */
const mostAddresses = 32;

/** Milliseconds an end may take to find out whether it is one for good, and to clean up then. */
const lastWords = 10_000;

/** The nodes' addresses, in an order that stays. Pure. */
export function reachedAt(pods: Iterable<Pod>): IngressLoadBalancerIngress[] {
  const found = new Set<string>();
  for (const { metadata, status } of pods) {
    const isReady = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
    if (isReady && metadata.deletionTimestamp === undefined && status?.hostIP !== undefined) found.add(status.hostIP);
  }
  return [...found]
    .sort()
    .slice(0, mostAddresses)
    .map((ip) => ({ ip }));
}

/** What keeps it; `changed` tells it the key of an Ingress that came or changed. */
export interface IngressStatus extends RunningProgram {
  changed(key: string): void;
}

/** Takes part in the election and writes when it is the leader. */
export function keepStatus(options: StatusOptions): IngressStatus {
  const { client, clock, log, pod, random } = options;
  let pods: Mirror<Pod> | undefined;
  const queue = new WorkQueue({ name: 'ingress-status', clock, log, handle: (key) => write(key) });
  const all = (): void => {
    for (const key of options.ingresses().keys()) queue.add(key);
  };
  const election = new Election({
    ...{ client, name: 'ingress', identity: pod, clock, log, random },
    leading: (isLeader) => {
      void pods?.stop();
      pods = undefined;
      if (!isLeader) return;
      const path = `/api/v1/namespaces/${client.namespace}/pods`;
      const labelSelector = 'app=ingress';
      pods = new Mirror<Pod>({
        client,
        path,
        labelSelector,
        keep: keepPod,
        changed: all,
        synced: all,
        clock,
        log,
        random,
      });
      pods.start();
    },
  });

  async function write(key: string): Promise<undefined> {
    if (pods?.isSynced === true) await tell(key, reachedAt(pods.objects.values()));
  }

  async function tell(key: string, wanted: IngressLoadBalancerIngress[], signal?: AbortSignal): Promise<void> {
    const ingress = options.ingresses().get(key);
    if (ingress === undefined) return;
    if (JSON.stringify(ingress.status?.loadBalancer?.ingress ?? []) === JSON.stringify(wanted)) return;
    const { namespace = '', name = '' } = ingress.metadata;
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${name}/status`;
    const change = { status: { loadBalancer: { ingress: wanted } } };
    await client.patch(path, change, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  /** In an order of chance: other instances do the same, and what one did the others see. */
  async function takeBack(): Promise<void> {
    const signal = AbortSignal.timeout(lastWords);
    if (!(await isGoing(client, options.daemonSet, signal))) return;
    const keys = [...options.ingresses().keys()].map((key) => ({ key, place: random() }));
    for (const { key } of keys.sort((one, other) => one.place - other.place)) await tell(key, [], signal);
  }

  election.start();
  return {
    changed: (key) => queue.add(key),
    async stop() {
      await election.stop();
      await queue.stop();
      await pods?.stop();
      await takeBack().catch((error: unknown) =>
        log.warn({ error: String(error) }, 'Ingresses may still say that they are reached here'),
      );
    },
  };
}

const keepPod = ({ apiVersion, kind, metadata, status }: Pod): Pod => ({
  ...{ apiVersion, kind, metadata, spec: { containers: [] } },
  status: { conditions: status?.conditions ?? [], ...(status?.hostIP === undefined ? {} : { hostIP: status.hostIP }) },
});
