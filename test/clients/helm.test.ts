/** Helm: a chart is installed, waited for, upgraded, rolled back, tested for what it holds, and uninstalled. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppsV1Api } from '@kubernetes/client-node';
import { run } from '../support/coracle.ts';
import { helmProgram } from '../support/kubectl-program.ts';
import { ground } from './ground.ts';

const program = helmProgram();
const skip = program === undefined && 'Helm cannot be had here';

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, labels: {heritage: {{ .Release.Service }}}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {name: main, image: "example.org/none:1", command: [sh, -c, exec sleep 1000]}
`;

test('Helm installs, upgrades, rolls back and uninstalls a chart', { skip }, async (t) => {
  const { namespace, kubeconfig, config } = await ground(t);
  const dir = mkdtempSync(join(tmpdir(), 'coracle-helm-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const chart = join(dir, 'chart');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: chart\nversion: 0.1.0\n');
  writeFileSync(join(chart, 'values.yaml'), 'replicas: 1\n');
  writeFileSync(join(chart, 'templates', 'deployment.yaml'), deployment);
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: dir };
  const helm = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(program ?? '', ['--namespace', namespace, ...args], { env });
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const replicas = async (): Promise<number | undefined> =>
    (await config.makeApiClient(AppsV1Api).readNamespacedDeployment({ namespace, name: 'r' })).spec?.replicas;
  const waiting = ['--wait', '--timeout', '40s'];
  assert.match(await helm('install', 'r', chart, ...waiting), /STATUS: deployed\nREVISION: 1/);
  assert.equal(await replicas(), 1);
  assert.match(await helm('upgrade', 'r', chart, '--set', 'replicas=2', ...waiting), /REVISION: 2/);
  assert.equal(await replicas(), 2);
  await helm('rollback', 'r', '1', ...waiting);
  assert.equal(await replicas(), 1);
  assert.match(await helm('history', 'r'), /\n1 .*superseded[\s\S]*\n3 .*deployed .*Rollback to 1/);
  assert.match(await helm('list'), /^r +\t.*\t3 +\t.*deployed/m);
  assert.match(await helm('get', 'manifest', 'r'), /kind: Deployment/);
  assert.match(await helm('uninstall', 'r', ...waiting), /release "r" uninstalled/);
  assert.deepEqual((await config.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace })).items, []);
});
