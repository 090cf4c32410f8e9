/** What a container does right after its start and right before its end. */
import { container, core, type More, pod, podSpec, runPod } from '../objects.ts';
import { type Cluster, conformance } from '../suite.ts';
import { beside, runWebPod, type WebPod, webPort } from '../web-pod.ts';

const exec = (web: WebPod, path: string): More => ({
  exec: { command: ['sh', '-c', `wget -q -O - http://${web.address}:${webPort}${path}`] },
});
const http = (web: WebPod, path: string): More => ({ httpGet: { host: web.address, port: webPort, path } });

/** Runs a Pod with this hook beside the one it calls. */
async function hooked(cluster: Cluster, web: WebPod, lifecycle: More): Promise<void> {
  const main = container(undefined, { lifecycle });
  const spec = podSpec(undefined, { containers: [main], terminationGracePeriodSeconds: 15 });
  await runPod(cluster, pod('hooked', beside(web, spec)));
}

for (const [kind, hook] of Object.entries({ exec, http })) {
  conformance(`[sig-node] lifecycle_hook.go: postStart ${kind}`, async (cluster) => {
    const web = await runWebPod(cluster);
    await hooked(cluster, web, { postStart: hook(web, '/poststart') });
    await web.asked('/poststart');
  });

  conformance(`[sig-node] lifecycle_hook.go: preStop ${kind}`, async (cluster) => {
    const web = await runWebPod(cluster);
    await hooked(cluster, web, { preStop: hook(web, '/prestop') });
    await cluster.ok('DELETE', core(cluster, 'pods', 'hooked'));
    await cluster.gone(core(cluster, 'pods', 'hooked'));
    await web.asked('/prestop');
  });
}

conformance('[sig-node] pre_stop.go: preStop on delete', async (cluster) => {
  const web = await runWebPod(cluster, 'server');
  // the container itself would stay for the whole grace: the hook was there before it ended
  const script = `wget -q -O - http://${web.address}:${webPort}/write && touch /tmp/told`;
  const main = container('trap "" TERM; until [ -e /tmp/told ]; do sleep 0.1; done; exit 0', {
    lifecycle: { preStop: { exec: { command: ['sh', '-c', script] } } },
  });
  const spec = podSpec(undefined, { containers: [main], terminationGracePeriodSeconds: 30 });
  await runPod(cluster, pod('tester', beside(web, spec)));
  await cluster.ok('DELETE', core(cluster, 'pods', 'tester'));
  await web.asked('/write');
  await cluster.gone(core(cluster, 'pods', 'tester'), 25);
});
