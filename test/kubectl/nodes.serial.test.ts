/** What changes or measures the node: `cordon`, `drain`, `uncordon`, `taint`, `top`, `debug node`. */
import assert from 'node:assert/strict';
import { deployment, kubectl, shellPod } from './suite.ts';

kubectl('cordon, drain with its conditions, and uncordon', async (shell) => {
  shell.after(() => shell.both(['uncordon', 'node-a']));
  await shell.run(['create', '-f', '-'], deployment('d', 1));
  await shell.run(['rollout', 'status', 'deployment/d', '--timeout=40s']);
  await shell.run(['create', '-f', '-'], shellPod('lone', { main: 'exec sleep 1000' }));
  await shell.run(['wait', '--for=condition=Ready', 'pod/lone', '--timeout=40s']);
  assert.equal(await shell.run(['cordon', 'node-a']), 'node/node-a cordoned\n');
  assert.equal(await shell.run(['cordon', 'node-a']), 'node/node-a already cordoned\n');
  assert.match(await shell.run(['get', 'node', 'node-a']), /Ready,SchedulingDisabled/);
  assert.match(
    await shell.run(['get', 'node', 'node-a', '-o', 'jsonpath={.spec.taints}']),
    /node\.kubernetes\.io\/unschedulable/,
  );
  const selector = '--pod-selector=app in (d, lone)';
  assert.match(await shell.fails(['drain', 'node-a', selector]), /cannot delete( Pods)?.* declare no controller.*lone/);
  const dry = await shell.run(['drain', 'node-a', selector, '--force', '--dry-run=server']);
  assert.match(dry, /evicting pod .*\/lone[\s\S]*drained \(server dry run\)|drained/);
  assert.match(await shell.part('pod lone', '{.metadata.name}'), /^lone$/);
  await shell.run(['create', 'pdb', 'keep', '--selector=app=lone', '--min-available=1']);
  await shell.until('pdb keep', '{.status.currentHealthy}', /1/);
  const refused = await shell.both(['drain', 'node-a', '--pod-selector=app=lone', '--force', '--timeout=3s']);
  assert.match(refused.stderr, /Cannot evict pod as it would violate the pod's disruption budget/);
  await shell.run(['delete', 'pdb', 'keep']);
  const drained = await shell.run([
    'drain',
    'node-a',
    selector,
    '--force',
    '--ignore-daemonsets',
    '--delete-emptydir-data',
    '--timeout=40s',
  ]);
  assert.match(drained, /node\/node-a drained\n$/);
  assert.match(drained, /evicting pod .*\/lone\n/);
  assert.match(await shell.fails(['get', 'pod', 'lone']), /NotFound/);
  await shell.until(
    'pods -l app=d',
    '{.items[*].status.conditions[?(@.type=="PodScheduled")].reason}',
    /Unschedulable/,
  );
  assert.match(
    await shell.run(['describe', 'pod', '-l', 'app=d']),
    /FailedScheduling +.*default-scheduler +0\/1 nodes are available: 1 node\(s\) were unschedulable/,
  );
  assert.equal(await shell.run(['uncordon', 'node-a']), 'node/node-a uncordoned\n');
  assert.match(await shell.run(['rollout', 'status', 'deployment/d', '--timeout=40s']), /successfully rolled out/);
});

kubectl('taint sets, refuses twice, overwrites, removes, and evicts', async (shell) => {
  shell.after(() => shell.both(['taint', 'node', 'node-a', 'k-']));
  assert.equal(await shell.run(['taint', 'node', 'node-a', 'k=v:NoSchedule']), 'node/node-a tainted\n');
  assert.match(
    await shell.fails(['taint', 'node', 'node-a', 'k=w:NoSchedule']),
    /already has k taint\(s\) with same effect\(s\) and --overwrite is false/,
  );
  assert.equal(await shell.run(['taint', 'node', 'node-a', 'k=w:NoSchedule', '--overwrite']), 'node/node-a modified\n');
  assert.match(await shell.run(['describe', 'node', 'node-a']), /^Taints: +k=w:NoSchedule$/m);
  await shell.run(['create', '-f', '-'], shellPod('p', { main: 'exec sleep 1000' }));
  await shell.until(
    'pod p',
    '{.status.conditions[?(@.type=="PodScheduled")].message}',
    /had untolerated taint ?(\{k: w\}|\(s\))/,
  );
  assert.equal(await shell.run(['taint', 'node', 'node-a', 'k:NoSchedule-']), 'node/node-a untainted\n');
  await shell.run(['wait', '--for=condition=Ready', 'pod/p', '--timeout=40s']);
  await shell.run(['taint', 'node', '--all', 'k=v:NoExecute']);
  await shell.run(['wait', '--for=delete', 'pod/p', '--timeout=40s']);
  assert.match(await shell.run(['taint', 'node', 'node-a', 'k-']), /untainted/);
});

kubectl('top tells what the node, Pods and their containers use', async (shell) => {
  await shell.run(['create', '-f', '-'], shellPod('p', { main: 'exec sleep 1000', side: 'while :; do :; done' }));
  await shell.run(['wait', '--for=condition=Ready', 'pod/p', '--timeout=40s']);
  let top = await shell.both(['top', 'pod', 'p', '--containers']);
  const deadline = Date.now() + 40_000;
  while (top.code !== 0 && Date.now() < deadline) top = await shell.both(['top', 'pod', 'p', '--containers']);
  assert.match(
    top.stdout,
    /^POD +NAME +CPU\(cores\) +MEMORY\(bytes\) *\np +main +\d+m +\d+Mi *\np +side +\d+m +\d+Mi *\n$/,
  );
  assert.match(
    await shell.run(['top', 'pods', '-l', 'app=p', '--sort-by=cpu', '--sum']),
    /^NAME +CPU\(cores\) +MEMORY\(bytes\) *\np +\d+m +\d+Mi *\n/,
  );
  assert.match(
    await shell.run(['top', 'pods', '-A', '--no-headers']),
    new RegExp(`^${shell.namespace} +p +\\d+m`, 'm'),
  );
  assert.match(
    await shell.run(['top', 'node']),
    /^NAME +CPU\(cores\) +CPU(\(%\)|%) +MEMORY\(bytes\) +MEMORY(\(%\)|%) *\nnode-a +\d+m +\d+% +\d+Mi +\d+% *\n$/,
  );
  assert.match(await shell.run(['top', 'node', 'node-a', '--show-capacity', '--no-headers']), /^node-a +\d+m/);
});

kubectl('debug node starts a Pod on it', async (shell) => {
  const words = [
    'debug',
    'node/node-a',
    '--image=example.org/none:1',
    '--profile=general',
    '--',
    'sh',
    '-c',
    'echo on the node',
  ];
  const { code, stdout, stderr } = await shell.both(words);
  assert.equal(code, 0, stderr);
  const name = /node-debugger-node-a-\w+/.exec(stdout + stderr)?.[0] ?? '';
  await shell.until(
    `pod ${name}`,
    '{.spec.nodeName} {.spec.hostPID} {.status.phase}',
    /^node-a true (Succeeded|Failed)$/,
  );
  assert.equal(await shell.run(['logs', name]), 'on the node\n');
});
