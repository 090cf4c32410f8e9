/** Streams to a Pod: `exec`, `attach`, `cp`, `logs`, `port-forward`, `proxy`, `debug`, `run -i`. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { webPod } from '../support/stream-pods.ts';
import { deployment, kubectl, type Shell, shellPod } from './suite.ts';

async function running(shell: Shell, manifest: string): Promise<void> {
  await shell.run(['create', '-f', '-'], manifest);
  await shell.run(['wait', '--for=condition=Ready', 'pod', '--all', '--timeout=40s']);
}

/** The body of a page of this machine. */
function page(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

/** What an answer of a web Pod says it was asked. */
const asked = async (url: string): Promise<string> => (JSON.parse(await page(url)) as { url: string }).url;

kubectl('exec runs a command in a container: its output, its input, its code; of a Deployment too', async (shell) => {
  await running(shell, shellPod('p', { main: 'exec sleep 1000', side: 'exec sleep 1000' }));
  const { code, stdout, stderr } = await shell.both([
    'exec',
    'p',
    '-c',
    'side',
    '--',
    'sh',
    '-c',
    'echo out; echo err >&2; exit 7',
  ]);
  assert.deepEqual([code, stdout, stderr], [7, 'out\n', 'err\ncommand terminated with exit code 7\n']);
  assert.equal(await shell.run(['exec', '-i', 'p', '-c', 'main', '--', 'cat'], 'typed'), 'typed');
  const defaulted = await shell.both(['exec', 'p', '--', 'echo', 'hi']);
  assert.deepEqual([defaulted.stdout, defaulted.stderr], ['hi\n', 'Defaulted container "main" out of: main, side\n']);
  await running(shell, deployment('d', 1));
  assert.equal(await shell.run(['exec', 'deployment/d', '--', 'echo', 'hi']), 'hi\n');
  assert.match(await shell.fails(['exec', 'none', '--', 'true']), /pods "none" not found/);
});

kubectl(
  'attach shows what is printed from now on; the input of a host process is closed, and that is said',
  async (shell) => {
    await running(shell, shellPod('p', { main: 'i=0; while sleep 0.2; do i=$((i+1)); echo tick $i; done' }));
    const attached = shell.follow(['attach', 'p']);
    await attached.until(/tick \d+\ntick \d+\n/);
    assert.match(
      await shell.fails(['attach', '-i', 'p'], 'typed\n'),
      /the input of a host process is closed: attach without -i/,
    );
  },
);

kubectl('cp takes files and directories in both directions', async (shell) => {
  await running(shell, shellPod('p', { main: 'exec sleep 1000' }));
  const source = join(shell.dir, 'source');
  mkdirSync(join(source, 'deep'), { recursive: true });
  writeFileSync(join(source, 'deep', 'file'), Buffer.alloc(300_000, 'x'));
  const there = join(shell.dir, 'there');
  await shell.run(['cp', source, `p:${there}`, '-c', 'main']);
  assert.equal(readFileSync(join(there, 'deep', 'file')).length, 300_000);
  await shell.run(['cp', `${shell.namespace}/p:${there}/deep/file`, join(shell.dir, 'back'), '--retries=2']);
  assert.equal(readFileSync(join(shell.dir, 'back')).length, 300_000);
  rmSync(there, { recursive: true });
  const none = await shell.both(['cp', `p:${there}`, join(shell.dir, 'none')]);
  assert.match(none.stdout + none.stderr, /No such file or directory/);
});

kubectl(
  'logs: of one, of all containers, of a selection, of the one before; how much and since when',
  async (shell) => {
    const log = (...words: string[]): Promise<string> => shell.run(['logs', ...words]);
    const script = 'echo one; echo two; echo three >&2; exec sleep 1000';
    await running(shell, shellPod('p', { main: script, side: 'echo aside; exec sleep 1000' }));
    assert.equal(await log('p', '-c', 'main'), 'one\ntwo\nthree\n');
    assert.equal(await log('p'), 'one\ntwo\nthree\n');
    assert.equal(await log('p', '-c', 'main', '--tail=1'), 'three\n');
    assert.equal(await log('p', '-c', 'main', '--limit-bytes=5'), 'one\nt');
    assert.match(await log('p', '-c', 'main', '--timestamps'), /^\d{4}-\d\d-\d\dT[\d:]+\.\d+Z one\n/);
    assert.equal(await log('p', '-c', 'main', '--since=1h'), 'one\ntwo\nthree\n');
    assert.equal(await log('p', '-c', 'main', '--since-time=2099-01-01T00:00:00Z'), '');
    assert.deepEqual((await log('p', '--all-containers')).trim().split('\n').sort(), ['aside', 'one', 'three', 'two']);
    // kubectl takes containers in no order of its own
    const prefixed = (await log('p', '--all-containers', '--prefix')).split('\n');
    for (const line of ['[pod/p/main] one', '[pod/p/side] aside']) assert.ok(prefixed.includes(line), line);
    assert.match(
      await shell.fails(['logs', 'p', '-c', 'none']),
      /container none is not valid for pod p|container "none" in pod "p" is not available/,
    );
    assert.match(
      await shell.fails(['logs', 'p', '-c', 'main', '--previous']),
      /previous terminated container "main" in pod "p" not found/,
    );
    await running(shell, shellPod('q', { main: script }));
    await shell.run(['label', 'pod', 'p', 'q', 'team=x']);
    assert.equal((await log('-l', 'team=x', '--tail=1', '-c', 'main')).trim().split('\n').length, 2);
    assert.match(
      await shell.fails(['logs', '-l', 'team=x', '-f', '--max-log-requests=1']),
      /you are attempting to follow 2 log streams, but maximum allowed concurrency is 1/,
    );
  },
);

kubectl('logs --follow prints what comes, to the end; --previous what a container said before', async (shell) => {
  await shell.run(
    ['create', '-f', '-'],
    shellPod('p', { main: 'for i in 1 2 3; do echo tick $i; sleep 0.3; done' }, { restartPolicy: 'Never' }),
  );
  await shell.until('pod p', '{.status.containerStatuses[0].state}', /running|terminated/);
  assert.equal(await shell.run(['logs', '-f', 'p']), 'tick 1\ntick 2\ntick 3\n');
  await shell.run(['create', '-f', '-'], shellPod('again', { main: 'echo life; exit 1' }));
  await shell.until('pod again', '{.status.containerStatuses[0].restartCount}', /[1-9]/);
  assert.equal(await shell.run(['logs', 'again', '--previous']), 'life\n');
  await shell.run(['create', '-f', '-'], deployment('d', 1, 'echo deployed; exec sleep 1000'));
  await shell.run(['rollout', 'status', 'deployment/d', '--timeout=40s']);
  assert.equal(await shell.run(['logs', 'deployment/d']), 'deployed\n');
});

kubectl('port-forward to a Pod, by number and name, and to a Service', async (shell) => {
  const port = await freePort();
  await running(shell, webPod('w', port));
  await shell.run(['expose', 'pod', 'w', '--port=80', `--target-port=${port}`]);
  for (const [target, ports] of [
    ['pod/w', `:${port}`],
    ['w', ':http'],
    ['service/w', ':80'],
  ] as const) {
    const forwarding = shell.follow(['port-forward', target, ports]);
    const said = await forwarding.until(new RegExp(`Forwarding from 127\\.0\\.0\\.1:\\d+ -> ${port}`));
    const local = /127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    assert.equal(await asked(`http://127.0.0.1:${local}/here`), '/here');
    await forwarding.stop();
  }
});

kubectl('proxy serves the API, and what is behind Pods and Services, on a port without TLS', async (shell) => {
  const port = await freePort();
  await running(shell, webPod('w', port));
  await shell.run(['expose', 'pod', 'w', '--port=80', `--target-port=${port}`]);
  const proxy = shell.follow(['proxy', '--port=0']);
  const said = await proxy.until(/Starting to serve on 127\.0\.0\.1:\d+/);
  const base = `http://${/127\.0\.0\.1:\d+/.exec(said)?.[0]}`;
  assert.equal(JSON.parse(await page(`${base}/api/v1/namespaces/${shell.namespace}/pods/w`)).metadata.name, 'w');
  assert.equal(await asked(`${base}/api/v1/namespaces/${shell.namespace}/pods/w:${port}/proxy/here`), '/here');
  assert.match(await page(`${base}/version`), /gitVersion/);
  const narrow = shell.follow(['proxy', '--port=0', '--api-prefix=/k', '--reject-paths=.*secrets.*']);
  const other = `http://${/127\.0\.0\.1:\d+/.exec(await narrow.until(/serve on 127\.0\.0\.1:\d+/))?.[0]}`;
  assert.match(await page(`${other}/k/version`), /gitVersion/);
  assert.match(await page(`${other}/k/api/v1/secrets`), /Forbidden/);
});

kubectl('run --rm --attach prints what a Pod says to its end, ends with its code, and removes it', async (shell) => {
  const words = ['run', 'once', '--rm', '--attach', '--restart=Never', '--image=example.org/none:1', '--command', '--'];
  const { code, stdout, stderr } = await shell.both([...words, 'sh', '-c', 'sleep 0.5; echo said; exit 4']);
  assert.equal(code, 4, stderr + stdout);
  assert.match(stdout, /said\n[\s\S]*pod "once" deleted\n/);
  assert.equal(await shell.run(['get', 'pods', '-o', 'name']), '');
});

kubectl('debug: a container beside those of a Pod, and a copy of the Pod', async (shell) => {
  await running(shell, shellPod('p', { main: 'exec sleep 1000' }));
  await shell.run([
    'debug',
    'p',
    '--image=example.org/none:1',
    '-c',
    'look',
    '--target=main',
    '--',
    'sh',
    '-c',
    'echo looking',
  ]);
  await shell.until('pod p', '{.status.ephemeralContainerStatuses[?(@.name=="look")].state}', /terminated/);
  assert.equal(await shell.run(['logs', 'p', '-c', 'look']), 'looking\n');
  assert.equal(await shell.part('pod p', '{.spec.ephemeralContainers[0].targetContainerName}'), 'main');
  await shell.run([
    'debug',
    'p',
    '--copy-to=copy',
    '--container=main',
    '--image=example.org/none:2',
    '--',
    'sh',
    '-c',
    'echo copied; exec sleep 1000',
  ]);
  await shell.run(['wait', '--for=condition=Ready', 'pod/copy', '--timeout=40s']);
  assert.equal(await shell.run(['logs', 'copy', '-c', 'main']), 'copied\n');
  assert.equal(await shell.part('pod copy', '{.metadata.labels}{.spec.containers[*].image}'), 'example.org/none:2');
  const replaced = [
    'debug',
    'p',
    '--copy-to=other',
    '--replace',
    '--set-image=*=example.org/none:3',
    '--share-processes=false',
  ];
  await shell.both(replaced);
  assert.equal(await shell.part('pod other', '{.spec.containers[0].image}'), 'example.org/none:3');
  assert.match(await shell.fails(['get', 'pod', 'p']), /NotFound/);
});
