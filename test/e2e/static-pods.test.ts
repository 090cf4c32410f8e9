/** Static Pods of a real node: seen and followed through the API, gone on without it, told of when they are none. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { noKubectl, startHub, type TestHub } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';

const manifest = (name: string, words: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: main
      image: none
      command: [sh, -c, 'echo ${words}; exec sleep 100000']
`;

describe('static Pods', { skip: noKubectl }, () => {
  let hub: TestHub;
  let dir: string;
  const cleanup: (() => void)[] = [];

  const file = (name: string, text: string): void => writeFileSync(join(dir, name), text);
  const get = async (name: string, path: string): Promise<string> =>
    hub.kubectl(['get', 'pod', name, '--ignore-not-found', '-o', `jsonpath=${path}`]);
  const until = (name: string, path: string, value: string): Promise<unknown> =>
    eventually(`${name}: ${path} is ${value}`, async () => (await get(name, path)) === value, 20_000);

  before(async () => {
    dir = join(tempDir({ after: (run) => void cleanup.push(run as () => void) }), 'manifests');
    mkdirSync(dir);
    file('first.yaml', manifest('first', 'one'));
    hub = await startHub(['--runtime', 'process', '--node-name', 'edge', '--static-pods-dir', dir]);
  });
  after(async () => {
    await hub?.stop();
    for (const run of cleanup) run();
  });

  it('run, and are seen with their logs and commands under their mirrors', async () => {
    await until('first-edge', '{.status.phase}', 'Running');
    assert.equal(await get('first-edge', '{.metadata.ownerReferences[0].kind}'), 'Node');
    await eventually('the log', async () => (await hub.kubectl(['logs', 'first-edge'])) === 'one\n');
    assert.equal(await hub.kubectl(['exec', 'first-edge', '--', 'echo', 'hello']), 'hello\n');
  });

  it('stay the same when their mirror is deleted', async () => {
    const [uid, container] = (
      await get('first-edge', '{.metadata.uid} {.status.containerStatuses[0].containerID}')
    ).split(' ');
    await hub.kubectl(['delete', 'pod', 'first-edge', '--wait=false']);
    await eventually('another mirror', async () => {
      const now = await get('first-edge', '{.metadata.uid}');
      return now !== '' && now !== uid;
    });
    await until('first-edge', '{.status.containerStatuses[0].containerID}', container ?? '');
    await until('first-edge', '{.status.phase}', 'Running');
  });

  it('begin anew when their file changes', async () => {
    const container = await get('first-edge', '{.status.containerStatuses[0].containerID}');
    file('first.yaml', manifest('first', 'two'));
    await eventually(
      'the new log',
      async () => (await hub.kubectl(['logs', 'first-edge']).catch(() => '')) === 'two\n',
      20_000,
    );
    await eventually('another container', async () => {
      const now = await get('first-edge', '{.status.containerStatuses[0].containerID}');
      return now !== '' && now !== container;
    });
  });

  it('end when their file goes', async () => {
    file('second.yaml', manifest('second', 'three'));
    await until('second-edge', '{.status.phase}', 'Running');
    rmSync(join(dir, 'second.yaml'));
    await until('second-edge', '{.metadata.name}', '');
    assert.equal(await get('first-edge', '{.status.phase}'), 'Running');
  });

  it('that are none are told of as events of the node', async () => {
    file('broken.yaml', 'kind: Deployment\napiVersion: v1\n');
    const words = [
      'get',
      'events',
      '--field-selector',
      'reason=InvalidStaticPod',
      '-o',
      'jsonpath={.items[*].message}',
    ];
    const told = await eventually('the event', async () => (await hub.kubectl(words)) || undefined);
    assert.equal(told, 'static Pod manifest broken.yaml: Pod.kind is not one of Pod');
  });
});
