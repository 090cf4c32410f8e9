/** What the kubelets of a simulated cluster say to the hub: renewed Leases, and Pods that start and end. */
import { microTimestamp, timestamp } from '../../../hub/api/object.ts';
import type { Answer, LoadClient } from '../load-client.ts';
import { runningStatus } from './pod.ts';
import { nodeName } from './stored.ts';

/** A Pod of a watch event, as far as a kubelet looks at it. */
interface SeenPod {
  metadata: { name: string; namespace: string; uid: string; labels?: { app?: string }; deletionTimestamp?: string };
  spec: { nodeName?: string };
  status?: { phase?: string };
}

/** Calls `work` so many times a second, each whether or not the one before is done; the answer ends it. */
export function pace(perSecond: number, work: (index: number) => void): () => void {
  const began = performance.now();
  let done = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    for (; done < due; done += 1) work(done);
  }, 5);
  return () => clearInterval(timer);
}

/** Renews the Leases of all nodes, each every ten seconds, evenly. */
export function renewLeases(client: LoadClient, nodes: number, failed: (why: string) => void): () => void {
  return pace(nodes / 10, (index) => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${nodeName(index % nodes)}`;
    const body = { spec: { renewTime: microTimestamp(Date.now()) } };
    client.call('PATCH', path, body, 'application/merge-patch+json').then(
      ({ status }) => status >= 300 && failed(`lease: ${status}`),
      (error: unknown) => failed(String(error)),
    );
  });
}

/** Runs every Pod that is bound from `revision` on, and lets those go that are being deleted. Counts what it did. */
export async function runPods(
  client: LoadClient,
  revision: string,
  failed: (why: string) => void,
): Promise<{ started: number; ended: number; close: () => void }> {
  const counts = { started: 0, ended: 0, close: (): void => {} };
  const seen = new Set<string>();
  const path = ({ namespace, name }: SeenPod['metadata']): string => `/api/v1/namespaces/${namespace}/pods/${name}`;
  const start = ({ metadata }: SeenPod): Promise<Answer> => {
    const status = runningStatus(metadata.labels?.app ?? '', '10.33.0.1', metadata.uid, timestamp(Date.now()));
    return client.call('PATCH', `${path(metadata)}/status`, { status }, 'application/merge-patch+json');
  };
  const end = ({ metadata }: SeenPod): Promise<Answer> =>
    client.call('DELETE', `${path(metadata)}?gracePeriodSeconds=0`);
  const act = async (pod: SeenPod): Promise<void> => {
    const { uid, deletionTimestamp } = pod.metadata;
    const ends = deletionTimestamp !== undefined;
    if (pod.spec.nodeName === undefined || (!ends && pod.status?.phase !== 'Pending')) return;
    const turn = `${ends ? 'end' : 'start'} of ${uid}`;
    if (seen.has(turn)) return;
    seen.add(turn);
    const { status } = await (ends ? end(pod) : start(pod));
    if (status < 300) counts[ends ? 'ended' : 'started'] += 1;
    else if (status !== 404) failed(`${turn}: ${status}`);
  };
  counts.close = await client.watch(`/api/v1/pods?watch=true&resourceVersion=${revision}`, (line) => {
    const event = JSON.parse(line) as { type: string; object: SeenPod };
    if (event.type === 'ERROR') failed(line);
    else if (event.type !== 'DELETED') act(event.object).catch((error: unknown) => failed(String(error)));
  });
  return counts;
}
