/** Containers on a node: how they start, end, are probed, and what is told of them. */
import assert from 'node:assert/strict';
import { container, core, hasCondition, isReady, logOf, type More, pod, podSpec, runPod } from '../objects.ts';
import { image } from '../images.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';
import { webPort } from '../web-pod.ts';

const only = (main: More, more: More = {}): More => podSpec(undefined, { containers: [main], ...more });
const make = (cluster: Cluster, wanted: ApiObject): Promise<ApiObject> =>
  cluster.ok('POST', core(cluster, 'pods'), wanted);
const statusOf = (one: ApiObject, index = 0): ContainerStatus => one['status'].containerStatuses?.[index];

interface Terminated {
  exitCode: number;
  reason: string;
}
interface ContainerStatus {
  restartCount: number;
  ready: boolean;
  state: { waiting?: { reason: string }; terminated?: Terminated; running?: object };
  lastState: { terminated?: Terminated };
}

conformance('[sig-node] containers.go: override command', async (cluster) => {
  const main = { name: 'main', image: image('busybox:1'), command: ['/bin/echo', 'the', 'command'] };
  assert.equal(await logOf(cluster, pod('command', only(main))), 'the command\n');
});

conformance('[sig-node] containers.go: override both', async (cluster) => {
  const main = {
    name: 'main',
    image: image('busybox:1'),
    command: ['/bin/echo', 'command'],
    args: ['and', 'arguments'],
  };
  assert.equal(await logOf(cluster, pod('both', only(main))), 'command and arguments\n');
});

conformance('[sig-node] kubelet.go: log output', async (cluster) => {
  assert.equal(await logOf(cluster, pod('hello', only(container("echo 'Hello World'")))), 'Hello World\n');
});

conformance('[sig-node] kubelet.go: terminated reason', async (cluster) => {
  await make(cluster, pod('fails', only(container('exit 1'))));
  const failed = await cluster.eventually(core(cluster, 'pods', 'fails'), (one) => {
    const { state, lastState } = statusOf(one) ?? {};
    return (state?.terminated ?? lastState?.terminated) !== undefined;
  });
  const { state, lastState } = statusOf(failed);
  assert.equal((state.terminated ?? lastState.terminated)?.reason, 'Error');
  assert.equal((state.terminated ?? lastState.terminated)?.exitCode, 1);
});

conformance('[sig-node] kubelet.go: delete failing pod', async (cluster) => {
  const path = core(cluster, 'pods', 'fails');
  await make(cluster, pod('fails', only(container('exit 1'))));
  await cluster.eventually(path, (one) => statusOf(one)?.restartCount > 0);
  await cluster.ok('DELETE', path);
  await cluster.gone(path);
});

conformance('[sig-node] runtime.go: status by restart policy', async (cluster) => {
  // a file in a volume tells the attempts apart: the first one fails, the second one ends or goes on
  const volumes = [{ name: 'attempts', emptyDir: {} }];
  const volumeMounts = [{ name: 'attempts', mountPath: '/attempts' }];
  const cases = [
    { policy: 'Always', second: 'sleep 1000', phase: 'Running', restarts: 1, ready: true, state: 'running' },
    { policy: 'OnFailure', second: 'exit 0', phase: 'Succeeded', restarts: 1, ready: false, state: 'terminated' },
    { policy: 'Never', second: 'exit 0', phase: 'Failed', restarts: 0, ready: false, state: 'terminated' },
  ] as const;
  for (const { policy, second, phase, restarts, ready, state } of cases) {
    const name = `restart-${policy.toLowerCase()}`;
    const script = `if [ -e /attempts/one ]; then ${second}; fi; touch /attempts/one; exit 1`;
    await make(cluster, pod(name, only(container(script, { volumeMounts }), { restartPolicy: policy, volumes })));
    const found = await cluster.eventually(
      core(cluster, 'pods', name),
      (one) =>
        one['status'].phase === phase &&
        statusOf(one)?.restartCount === restarts &&
        isReady(one) === ready &&
        state in (statusOf(one)?.state ?? {}),
    );
    assert.equal(statusOf(found).ready, ready);
  }
});

const steps = (init: More[], main: More, restartPolicy: string): More =>
  podSpec(undefined, { initContainers: init, containers: [main], restartPolicy });
const initStatus = (one: ApiObject, index: number): ContainerStatus => one['status'].initContainerStatuses[index];

conformance('[sig-node] init_container.go: init, RestartAlways', async (cluster) => {
  const init = [container('exit 0', { name: 'init1' }), container('exit 0', { name: 'init2' })];
  const found = await runPod(cluster, pod('initialized', steps(init, container(), 'Always')));
  assert.ok(hasCondition(found, 'Initialized'));
  for (const index of [0, 1]) assert.equal(initStatus(found, index).state.terminated?.exitCode, 0);
});

conformance('[sig-node] init_container.go: init, RestartNever', async (cluster) => {
  const init = [container('exit 0', { name: 'init1' }), container('exit 0', { name: 'init2' })];
  await make(cluster, pod('finishes', steps(init, container('exit 0'), 'Never')));
  const found = await cluster.eventually(
    core(cluster, 'pods', 'finishes'),
    (one) => one['status'].phase === 'Succeeded',
  );
  assert.ok(hasCondition(found, 'Initialized'));
  for (const index of [0, 1]) {
    assert.equal(initStatus(found, index).state.terminated?.exitCode, 0);
    assert.equal(initStatus(found, index).ready, true);
  }
});

conformance('[sig-node] init_container.go: init fails, RestartNever', async (cluster) => {
  const init = [
    container('exit 0', { name: 'init1' }),
    container('exit 1', { name: 'init2' }),
    container('exit 0', { name: 'init3' }),
  ];
  await make(cluster, pod('fails', steps(init, container(), 'Never')));
  const found = await cluster.eventually(core(cluster, 'pods', 'fails'), (one) => one['status'].phase === 'Failed');
  assert.ok(hasCondition(found, 'Initialized', 'False'));
  assert.equal(initStatus(found, 1).state.terminated?.exitCode, 1);
  for (const left of [initStatus(found, 2), statusOf(found)])
    assert.equal(left.state.waiting?.reason, 'PodInitializing');
});

conformance('[sig-node] init_container.go: init fails, RestartAlways', async (cluster) => {
  const init = [container('exit 1', { name: 'init1' }), container('exit 0', { name: 'init2' })];
  await make(cluster, pod('retries', steps(init, container(), 'Always')));
  const found = await cluster.eventually(
    core(cluster, 'pods', 'retries'),
    (one) => one['status'].initContainerStatuses?.[0]?.restartCount >= 2,
    60,
  );
  assert.equal(found['status'].phase, 'Pending');
  assert.ok(hasCondition(found, 'Initialized', 'False'));
  for (const left of [initStatus(found, 1), statusOf(found)]) {
    assert.equal(left.state.waiting?.reason, 'PodInitializing');
    assert.equal(left.restartCount, 0);
  }
});

const health = '/tmp/health';

/** Runs a container with this liveness probe and answers its restarts once they are `restarts`, or after 6 s. */
async function livenessOf(
  cluster: Cluster,
  script: string,
  probe: More,
  restarts: number,
  more: More = {},
): Promise<number> {
  const livenessProbe = { initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 1, ...probe };
  const path = core(cluster, 'pods', 'lives');
  await runPod(cluster, pod('lives', only(container(script, { livenessProbe, ...more }))));
  const count = async (): Promise<number> => statusOf(await cluster.ok('GET', path)).restartCount;
  if (restarts > 0) await until(async () => (await count()) >= restarts);
  else await new Promise((resolve) => setTimeout(resolve, 6000));
  return count();
}

conformance('[sig-node] container_probe.go: exec liveness ok', async (cluster) => {
  const script = `echo ok > ${health}; exec sleep 600`;
  assert.equal(await livenessOf(cluster, script, { exec: { command: ['cat', health] } }, 0), 0);
});

conformance('[sig-node] container_probe.go: exec liveness fails', async (cluster) => {
  const script = `echo ok > ${health}; sleep 4; rm -f ${health}; exec sleep 600`;
  assert.equal(await livenessOf(cluster, script, { exec: { command: ['cat', health] } }, 1), 1);
});

/** Serves HTTP at /cgi-bin/healthz: 200 for so many seconds, then 500. */
const serve = (seconds: number): string => `mkdir -p /www/cgi-bin && cat > /www/cgi-bin/healthz <<'END'
#!/bin/sh
if [ $(($(date +%s) - $(stat -c %Y /www/began))) -lt ${seconds} ]; then status='200 OK'; else status='500 Internal Server Error'; fi
printf 'Status: %s\r\nContent-Type: text/plain\r\n\r\n' "$status"
END
chmod +x /www/cgi-bin/healthz && touch /www/began && exec httpd -f -p ${webPort} -h /www`;
const healthz = { path: '/cgi-bin/healthz', port: webPort };

conformance('[sig-node] container_probe.go: http liveness ok', async (cluster) => {
  assert.equal(await livenessOf(cluster, serve(600), { httpGet: healthz, failureThreshold: 3 }, 0), 0);
});

conformance('[sig-node] container_probe.go: http liveness fails', async (cluster) => {
  assert.equal(await livenessOf(cluster, serve(4), { httpGet: healthz, failureThreshold: 2 }, 1), 1);
});

/** Restarts of a container that answers gRPC health checks at port 9000, probed at `port`. */
async function grpcRestarts(cluster: Cluster, port: number, restarts: number): Promise<number> {
  const more = { image: image('tools:1'), command: ['/bin/tools', 'serve', '--grpc', '9000'] };
  return livenessOf(cluster, '', { grpc: { port }, initialDelaySeconds: 3 }, restarts, more);
}

conformance('[sig-node] container_probe.go: grpc liveness ok', async (cluster) => {
  assert.equal(await grpcRestarts(cluster, 9000, 0), 0);
});

conformance('[sig-node] container_probe.go: grpc liveness fails', async (cluster) => {
  assert.equal(await grpcRestarts(cluster, 2333, 1), 1);
});

conformance('[sig-node] container_probe.go: tcp liveness ok', async (cluster) => {
  const probe = { tcpSocket: { port: webPort }, failureThreshold: 3 };
  assert.equal(await livenessOf(cluster, serve(600), probe, 0), 0);
});

conformance(
  '[sig-node] container_probe.go: monotonic restartCount',
  async (cluster) => {
    const livenessProbe = {
      exec: { command: ['false'] },
      initialDelaySeconds: 1,
      periodSeconds: 1,
      failureThreshold: 1,
    };
    const path = core(cluster, 'pods', 'restarts');
    await make(cluster, pod('restarts', only(container(undefined, { livenessProbe }))));
    let last = 0;
    // back-off of 10, 20, 40 and 80 s before the restarts that follow the first
    await until(async () => {
      const count = statusOf(await cluster.ok('GET', path))?.restartCount ?? 0;
      assert.ok(count === last || count === last + 1, `from ${last} to ${count}`);
      last = count;
      return last >= 5;
    }, 280);
  },
  { minutes: 5 },
);

conformance('[sig-node] container_probe.go: readiness initial delay', async (cluster) => {
  const readinessProbe = { exec: { command: ['true'] }, initialDelaySeconds: 4, periodSeconds: 1 };
  await make(cluster, pod('delayed', only(container(undefined, { readinessProbe }))));
  const path = core(cluster, 'pods', 'delayed');
  await cluster.eventually(path, (one) => statusOf(one)?.state.running !== undefined);
  const began = Date.now();
  const found = await cluster.eventually(path, isReady);
  assert.ok(Date.now() - began > 2500, `ready ${Date.now() - began} ms after the start`);
  assert.equal(statusOf(found).restartCount, 0);
});

conformance('[sig-node] container_probe.go: readiness fails', async (cluster) => {
  const readinessProbe = { exec: { command: ['false'] }, periodSeconds: 1 };
  await make(cluster, pod('unready', only(container(undefined, { readinessProbe }))));
  const path = core(cluster, 'pods', 'unready');
  await cluster.eventually(path, (one) => statusOf(one)?.state.running !== undefined);
  for (let looks = 0; looks < 25; looks += 1) {
    const found = await cluster.ok('GET', path);
    assert.equal(isReady(found), false);
    assert.equal(statusOf(found).restartCount, 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});

const id = (spec: More, more: More): More => only(container('id -u; id -g', more), spec);
conformance('[sig-node] security_context.go: runAsUser 65534', async (cluster) => {
  assert.match(await logOf(cluster, pod('user', id({}, { securityContext: { runAsUser: 65_534 } }))), /^65534\n/);
  assert.equal((await cluster.ok('GET', core(cluster, 'pods', 'user')))['status'].phase, 'Succeeded');
});
conformance('[sig-node] security_context.go (e2e/node): container runAsUser/runAsGroup', async (cluster) => {
  const securityContext = { runAsUser: 1001, runAsGroup: 2002 };
  assert.equal(await logOf(cluster, pod('user', id({}, { securityContext }))), '1001\n2002\n');
});
conformance('[sig-node] security_context.go (e2e/node): pod runAsUser/runAsGroup', async (cluster) => {
  const securityContext = { runAsUser: 1001, runAsGroup: 2002 };
  assert.equal(await logOf(cluster, pod('user', id({ securityContext }, {}))), '1001\n2002\n');
});
