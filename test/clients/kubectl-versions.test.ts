/** kubectl of two ages, Debian's (1.20) and today's (1.32), with the commands of a day's work. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../support/coracle.ts';
import { kubectlProgram } from '../support/kubectl-program.ts';
import { debianKubectl } from '../support/live-kubectl.ts';
import { ground } from './ground.ts';

const map = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {${data}}\n`;

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  replicas: 1
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {name: main, image: "example.org/none:1", command: [sh, -c, echo said; exec sleep 1000]}
`;

const programs: readonly [title: string, find: (dir: string) => string | undefined][] = [
  ["Debian's kubectl 1.20", (dir) => debianKubectl(dir)?.program],
  ['kubectl 1.32', () => kubectlProgram()],
];

for (const [title, find] of programs) {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-kubectl-'));
  const program = find(dir);
  const skip = program === undefined && `${title} cannot be had here`;
  test(`${title}: apply, get, describe, logs, exec, rollout, explain, delete`, { skip }, async (t) => {
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const { namespace, kubeconfig } = await ground(t);
    const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: dir };
    const both = (args: readonly string[], input = ''): ReturnType<typeof run> =>
      run(program ?? '', ['--namespace', namespace, ...args], { env, input });
    const ok = async (args: readonly string[], input?: string): Promise<string> => {
      const { code, stdout, stderr } = await both(args, input);
      assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    assert.equal(await ok(['apply', '-f', '-'], map('a: "1"')), 'configmap/m created\n');
    assert.equal(await ok(['apply', '-f', '-'], map('a: "1"')), 'configmap/m unchanged\n');
    assert.equal(await ok(['apply', '-f', '-'], map('a: "2"')), 'configmap/m configured\n');
    assert.equal(
      await ok(['apply', '--server-side', '--force-conflicts', '-f', '-'], map('a: "3"')),
      'configmap/m serverside-applied\n',
    );
    assert.equal((await both(['diff', '-f', '-'], map('a: "4"'))).code, 1);
    assert.match((await both(['apply', '-f', '-'], `${map('a: "3"')}extra: 1\n`)).stderr, /unknown field "extra"/);
    await ok(['create', '-f', '-'], deployment);
    assert.match(await ok(['rollout', 'status', 'deployment/d', '--timeout=40s']), /successfully rolled out/);
    assert.match(await ok(['get', 'deployments']), /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nd +1\/1 +1 +1/);
    assert.match(await ok(['get', 'pods', '-o', 'wide']), /1\/1 +Running +0 .* node-a /);
    assert.match(
      await ok(['describe', 'deployment', 'd']),
      /Replicas: +1 desired \| 1 updated \| 1 total \| 1 available/,
    );
    assert.match(await ok(['describe', 'pod', '-l', 'app=d']), /Scheduled[\s\S]*Started/);
    assert.match(await ok(['describe', 'node', 'node-a']), /KubeletReady/);
    assert.equal(await ok(['logs', 'deployment/d']), 'said\n');
    assert.equal(await ok(['exec', 'deployment/d', '--', 'echo', 'hi']), 'hi\n');
    await ok(['set', 'env', 'deployment/d', 'A=1']);
    assert.match(await ok(['rollout', 'history', 'deployment/d']), /\n1 [\s\S]*\n2 /);
    await ok(['rollout', 'undo', 'deployment/d']);
    await ok(['scale', 'deployment/d', '--replicas=0']);
    await ok(['expose', 'deployment', 'd', '--port=80']);
    await ok(['create', 'job', 'j', '--image=example.org/none:1', '--', 'true']);
    await ok(['wait', '--for=condition=complete', 'job/j', '--timeout=40s']);
    assert.match(await ok(['explain', 'pod.spec.containers']), /FIELDS?:[\s\S]*image/);
    assert.match(await ok(['api-resources', '--api-group=apps']), /deployments +deploy/);
    assert.equal(await ok(['auth', 'can-i', 'get', 'pods']), 'yes\n');
    assert.match(await ok(['delete', 'deployment', 'd']), /deployment\.apps "d" deleted/);
    assert.match((await both(['get', 'deployment', 'd'])).stderr, /NotFound/);
  });
}
