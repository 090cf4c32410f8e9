/** The documents of a node: what a kubelet answers on its own port, by path. */
import type { Pod } from '../../../hub/api/pod.ts';
import { Exposition } from '../../../hub/base/metrics.ts';
import { processMetrics } from '../../../hub/base/process-metrics.ts';
import { containerMetrics } from './container-metrics.ts';
import { resourceMetrics } from './resource-metrics.ts';
import { type Snapshot, type SnapshotOptions, takeSnapshot } from './snapshot.ts';
import { summary } from './summary.ts';

/** One answer over HTTP. */
export interface Answer {
  readonly status: number;
  /** Content-Type. */
  readonly type: string;
  readonly body: string;
}

/** What the documents are made from. */
export interface NodeDocumentsOptions extends SnapshotOptions {
  /** What configz tells; nothing private. */
  readonly configuration: () => Readonly<Record<string, unknown>>;
}

const json = (value: unknown): Answer => ({
  status: 200,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
});
const metrics = (body: string): Answer => ({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body });

/** Makes the documents: answers by path, without a leading slash; undefined for paths that are none. */
export function createNodeDocuments(options: NodeDocumentsOptions): (path: string) => Promise<Answer | undefined> {
  const look = (): Promise<Snapshot> => takeSnapshot(options);
  const makers = new Map<string, () => Answer | Promise<Answer>>([
    ['healthz', () => ({ status: 200, type: 'text/plain; charset=utf-8', body: 'ok' })],
    ['pods', () => json(podList(options.pods()))],
    ['configz', () => json({ kubeletconfig: options.configuration() })],
    ['stats/summary', async () => json(summary(await look()))],
    ['metrics', async () => metrics(ownMetrics(await look()))],
    ['metrics/resource', async () => metrics(resourceMetrics(await look()))],
    ['metrics/cadvisor', async () => metrics(containerMetrics(await look()))],
    ['metrics/probes', () => metrics('')],
  ]);
  return async (path) => makers.get(path)?.();
}

function podList(pods: readonly Pod[]): object {
  return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods };
}

/** The agent's own process, and how much it looks after. */
function ownMetrics(snapshot: Snapshot): string {
  const into = new Exposition();
  processMetrics(into);
  into
    .family('kubelet_node_name', 'gauge', "The node's name. The count is always 1.")
    .sample(1, { node: snapshot.node });
  const running = new Set(snapshot.containers.map(({ usage }) => usage.pod.uid));
  into.family('kubelet_running_pods', 'gauge', 'Pods with a container that runs.').sample(running.size);
  into.family('kubelet_running_containers', 'gauge', 'Containers by their state.');
  for (const state of ['created', 'exited', 'running'] as const) {
    const count = snapshot.known.filter((container) => container.state === state).length;
    into.sample(count, { container_state: state });
  }
  return into.toString();
}
