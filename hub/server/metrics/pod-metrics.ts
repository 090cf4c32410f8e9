/** Containers that wait, by reason, in the names of kube-state-metrics: what keeps Pods from running, for Prometheus' rules. */
import type { Pod } from '../../api/pod.ts';
import { pods } from '../../api/resource.ts';
import type { Exposition } from '../../base/metrics.ts';
import type { Registry } from '../../registry/registry.ts';

/** In the bytes of Pods that have such a container; the others are not parsed. */
const mark = Buffer.from('"waiting":{');

/** Pods that are looked at before others have their turn. */
const slice = 2000;

/** Writes one sample a waiting container. */
export function* podMetrics(registry: Registry, into: Exposition): Generator<void> {
  into.family('kube_pod_container_status_waiting_reason', 'gauge', 'Containers that wait, and why.');
  let looked = 0;
  for (const entry of registry.entries(pods)) {
    looked += 1;
    if (looked % slice === 0) yield;
    if (!entry.bytes.includes(mark)) continue;
    const { status } = entry.glance<Pod>();
    for (const { name, state } of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
      const reason = state?.waiting?.reason;
      if (reason === undefined) continue;
      into.sample(1, { namespace: entry.namespace, pod: entry.name, container: name, reason });
    }
  }
}
