/** Addons on a whole hub with a process node, out of a git repository of the test's own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AddonStatus } from '../../hub/api/addon.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import { ApiClient } from '../support/api-client.ts';
import { type AddonRepository, createAddonRepository } from '../support/addon-repository.ts';
import { coracle, joinNode, type Outcome, startHub, type TestHub, type TestMachine } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';

const definition = (name: string, version: string, more = ''): string =>
  `name: ${name}\nversion: ${version}\ndescription: For tests\nmanifests: [all.yaml]\n${more}`;

const configMap = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: hello}\ndata: {word: '\${word}'}\n---\n`;

const namespace = `apiVersion: v1
kind: Namespace
metadata: {name: hello}
---
`;

const daemons = (script: string): string => `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: hello, namespace: hello}
spec:
  selector: {matchLabels: {app: hello}}
  template:
    metadata: {labels: {app: hello}}
    spec:
      runtimeClassName: process
      terminationGracePeriodSeconds: 1
      containers: [{name: main, image: coracle, command: [sh, -c, '${script}']}]
---
`;

const kind = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: greetings.trial.example.com}
spec:
  group: trial.example.com
  scope: Namespaced
  names: {plural: greetings, kind: Greeting}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: trial.example.com/v1
kind: Greeting
metadata: {name: first, namespace: hello}
---
`;

const parameters = 'parameters: [{name: word, description: what it says, default: hello}]\n';
const helloKeys = `requires: [base]\n${parameters}`;
const hello = (...parts: string[]): string => namespace + parts.join('');

describe('addons', () => {
  let hub: TestHub;
  let later: TestMachine | undefined;
  let client: ApiClient;
  let repository: AddonRepository;
  const directory = mkdtempSync(join(tmpdir(), 'coracle-addons-'));

  before(async () => {
    repository = createAddonRepository(directory);
    repository.commit({
      'base/addon.yaml': definition('base', '1.0.0'),
      'base/all.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base, namespace: default}\n',
      'hello/addon.yaml': definition('hello', '1.0.0', helloKeys),
      'hello/all.yaml': hello(kind, configMap('kept'), configMap('old'), daemons('exec sleep 1000')),
      'broken/addon.yaml': definition('broken', '1.0.0'),
      'broken/all.yaml': hello(daemons('')).replaceAll('hello', 'broken').replace('sh, -c', 'not-on-this-machine'),
    });
    hub = await startHub(['--runtime', 'process']);
    client = new ApiClient(hub.dir);
  });

  after(async () => {
    client?.close();
    await later?.stop();
    await hub?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const run = (...words: string[]): Promise<Outcome> => coracle([...words, '--data-dir', hub.dir]);
  const well = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...words);
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  };
  const get = async (path: string): ReturnType<ApiClient['call']> => client.call('GET', path);
  const maps = '/api/v1/namespaces/hello/configmaps';
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const addon = '/apis/addons.coracle.io/v1/addons';

  it('come from a git repository, a dependency first, with kinds of their own', async () => {
    await well('addons', 'repo', 'add', 'trial', repository.url);
    const printed = await well('enable', 'hello:word=hi');
    assert.match(printed, /^hello: Pending \(waits for addon base\)$/m);
    assert.match(printed, /^hello: Ready, 1 of 1 ready$/m);
    const { body } = await get(`${addon}/base`);
    assert.equal(body.status.phase, 'Ready');
    assert.deepEqual((await get(`${maps}/kept`)).body.data, { word: 'hi' });
    assert.equal((await get('/apis/trial.example.com/v1/namespaces/hello/greetings/first')).status, 200);
    assert.match(await well('status', '--addon', 'hello'), /^enabled\n1\.0\.0 Ready, 1 of 1 ready\n$/);
  });

  it('are enabled once, however often and by how many at once', async () => {
    const before = (await get(`${addon}/hello`)).body.metadata;
    await Promise.all([well('enable', 'hello'), well('enable', 'hello', 'dns')]);
    const { metadata } = (await get(`${addon}/hello`)).body;
    assert.deepEqual([metadata.uid, metadata.generation], [before.uid, before.generation]);
  });

  it('come back when somebody changes or deletes what they made', async () => {
    const applied = async (name: string): Promise<string | undefined> => {
      const status = (await get(`${addon}/hello`)).body.status as AddonStatus;
      return status.phase === 'Ready' ? status.applied?.find(({ kind: one }) => one === name)?.uid : undefined;
    };
    const before = await applied('Greeting');
    await client.call('PATCH', `${maps}/kept`, { data: { word: 'other' } });
    await client.call('DELETE', `${maps}/old`);
    await client.call('DELETE', `${definitions}/greetings.trial.example.com`);
    await eventually('both to be as they were', async () => {
      const [kept, old] = await Promise.all([get(`${maps}/kept`), get(`${maps}/old`)]);
      return kept.body.data?.word === 'hi' && old.status === 200;
    });
    await eventually('its own kind with its object', async () => {
      const now = await applied('Greeting');
      return now !== undefined && now !== '' && now !== before;
    });
  });

  it('do not wait for another one that is broken, which says why', async () => {
    const broken = await run('enable', 'broken', '--timeout', '1');
    assert.equal(broken.code, 5);
    await well('enable', 'base', '--timeout', '5');
    const why = await eventually('the reason', async () => {
      const { message } = (await get(`${addon}/broken`)).body.status;
      return /not found/.test(message) ? String(message) : undefined;
    });
    assert.match(why, /^Pod broken\/broken-\w+: RunContainerError: .*"not-on-this-machine"/);
    const { code, stdout } = await run('status', '--format', 'json');
    assert.equal(code, 1);
    const found = (JSON.parse(stdout) as { addons: { name: string; ready: number; wanted: number }[] }).addons;
    assert.deepEqual(
      found.filter(({ name }) => name === 'broken').map(({ ready, wanted }) => [ready, wanted]),
      [[0, 1]],
    );
  });

  it('follow their repository to a new version, without what it no longer has', async () => {
    const { uid } = (await get(`${maps}/kept`)).body.metadata;
    repository.commit({
      'hello/addon.yaml': definition('hello', '1.1.0', helloKeys),
      'hello/all.yaml': hello(kind, configMap('kept'), daemons('exec sleep 2000')),
    });
    await well('addons', 'repo', 'update');
    const status = await eventually('the new version', async () => {
      const { status } = (await get(`${addon}/hello`)).body;
      return status.version === '1.1.0' && status.phase === 'Ready' && status;
    });
    assert.equal(status.applied.length, 5);
    assert.equal((await get(`${maps}/old`)).status, 404);
    assert.equal((await get(`${maps}/kept`)).body.metadata.uid, uid);
  });

  it('reach a node that joins later', async () => {
    later = await joinNode(await hub.joinUrl(), 'later');
    await eventually('two Pods', async () => {
      const { wanted, ready, phase } = (await get(`${addon}/hello`)).body.status;
      return wanted === 2 && ready === 2 && phase === 'Ready';
    });
  });

  it('come to their new version also when the hub is killed in the midst of it', async () => {
    const many = Array.from({ length: 60 }, (_, index) => configMap(`many-${index}`));
    repository.commit({
      'hello/addon.yaml': definition('hello', '1.2.0', helloKeys),
      'hello/all.yaml': hello(kind, ...many, daemons('exec sleep 2000')),
    });
    const begun = new Promise<void>((resolve) => {
      // what is to be made is noted before it is
      const watching = client.watch(`${addon}?watch=true`, ({ object }) => {
        const { applied = [], version } = (object.status ?? {}) as AddonStatus;
        if (version !== '1.1.0' || applied.length < many.length) return;
        watching.close();
        resolve();
      });
    });
    const updated = run('addons', 'repo', 'update');
    await begun;
    await hub.kill('hub');
    await updated;
    await hub.start();
    const { applied } = await eventually('the new version', async () => {
      const status = (await get(`${addon}/hello`)).body?.status;
      return status?.version === '1.2.0' && status.phase === 'Ready' && (status as AddonStatus);
    });
    assert.equal(applied?.length, 4 + many.length);
    assert.equal((await get(`${maps}/kept`)).status, 404);
    const found = (await get(maps)).body.items as KubeObject[];
    const uids = new Set(found.map(({ metadata }) => metadata.uid));
    for (const { kind: one, uid } of applied ?? []) assert.ok(one !== 'ConfigMap' || uids.has(uid));
  });

  it('are refused with file and line when they are malformed, and what was there goes on', async () => {
    repository.commit({
      'hello/addon.yaml': definition('hello', '2.0.0', `requries: [base]\n${parameters}`),
      'base/all.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "\${none}"}\n`,
    });
    const { code, stderr } = await run('addons', 'repo', 'update', 'trial');
    assert.equal(code, 1);
    assert.match(stderr, /^ {2}hello\/addon\.yaml:5: addon\.yaml knows no key "requries"/m);
    assert.match(stderr, /^ {2}base\/all\.yaml:3: there is no parameter "none"$/m);
    assert.equal((await get(`${addon}/hello`)).body.status.version, '1.2.0');
  });

  it('touch nothing that others made', async () => {
    const mine = { metadata: { name: 'base' }, data: { mine: 'yes' } };
    assert.equal((await run('disable', 'base')).code, 1);
    await well('disable', 'base', 'hello', 'broken');
    await client.call('POST', '/api/v1/namespaces/default/configmaps', mine);
    const { code, stderr } = await run('enable', 'base');
    assert.equal(code, 1);
    assert.match(stderr, /ConfigMap default\/base is there already, and addon base did not make it/);
    await well('disable', '--force', 'base');
    assert.deepEqual((await get('/api/v1/namespaces/default/configmaps/base')).body.data, mine.data);
  });

  it('leave nothing behind', async () => {
    assert.equal((await get('/api/v1/namespaces/hello')).status, 404);
    assert.equal((await get('/api/v1/namespaces/broken')).status, 404);
    assert.equal((await get(`${definitions}/greetings.trial.example.com`)).status, 404);
    const label = encodeURIComponent('addons.coracle.io/addon');
    for (const path of ['/api/v1/pods', '/api/v1/configmaps', '/apis/apps/v1/daemonsets'])
      assert.deepEqual((await get(`${path}?labelSelector=${label}`)).body.items, []);
    await well('addons', 'repo', 'remove', 'trial');
    const left = JSON.parse(await well('addons', 'list', '--format', 'json')) as { addons: { source: string }[] };
    assert.ok(left.addons.every(({ source }) => source === 'core'));
  });

  it('are a kind that comes back when it is deleted, with those that are built in', async () => {
    const path = `${definitions}/addons.addons.coracle.io`;
    const before = (await get(path)).body.metadata?.uid;
    await client.call('DELETE', path);
    await eventually('another one', async () => {
      const { status, body } = await get(path);
      return status === 200 && body.metadata?.uid !== before;
    });
    await eventually('dns to be on', async () => (await get(`${addon}/dns`)).body.status?.phase === 'Ready');
  });

  it('that are built in are always on', async () => {
    const { code, stderr } = await run('disable', 'rbac');
    assert.equal(code, 2);
    assert.match(stderr, /rbac is always on/);
    await client.call('DELETE', `${addon}/rbac`);
    await eventually('it to be back', async () => (await get(`${addon}/rbac`)).body.status?.phase === 'Ready');
  });
});
