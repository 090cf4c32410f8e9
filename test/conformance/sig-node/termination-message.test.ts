/** What a container leaves to say about its end. */
import assert from 'node:assert/strict';
import { container, core, type More, pod, podSpec } from '../objects.ts';
import { type Cluster, conformance } from '../suite.ts';

/** Runs a container to its end: the phase of its Pod and its termination message. */
async function ends(cluster: Cluster, script: string, more: More): Promise<{ phase: string; message: string }> {
  const spec = podSpec(undefined, { containers: [container(script, more)], restartPolicy: 'Never' });
  await cluster.ok('POST', core(cluster, 'pods'), pod('ends', spec));
  const found = await cluster.eventually(core(cluster, 'pods', 'ends'), (one) =>
    ['Succeeded', 'Failed'].includes(one['status'].phase),
  );
  const { phase, containerStatuses } = found['status'];
  return { phase, message: containerStatuses[0].state.terminated.message ?? '' };
}

const fallback = { terminationMessagePolicy: 'FallbackToLogsOnError' };

conformance('[sig-node] runtime.go: message empty on success', async (cluster) => {
  assert.deepEqual(await ends(cluster, 'echo DONE; exit 0', fallback), { phase: 'Succeeded', message: '' });
});

conformance('[sig-node] runtime.go: message from file', async (cluster) => {
  const script = 'echo -n OK > /dev/termination-log; exit 0';
  assert.deepEqual(await ends(cluster, script, fallback), { phase: 'Succeeded', message: 'OK' });
});

conformance('[sig-node] runtime.go: message from log', async (cluster) => {
  assert.deepEqual(await ends(cluster, 'echo -n DONE; exit 1', fallback), { phase: 'Failed', message: 'DONE' });
});

conformance('[sig-node] runtime.go: message path, non-root', async (cluster) => {
  const more = { terminationMessagePath: '/dev/termination-custom-log', securityContext: { runAsUser: 1000 } };
  const script = 'echo -n DONE > /dev/termination-custom-log; exit 0';
  assert.deepEqual(await ends(cluster, script, more), { phase: 'Succeeded', message: 'DONE' });
});
