/** The client of programs in Pods against a real API server: mirrors, elections, refusals. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { isNotFound } from '../../../hub/api/errors.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { ApiClient } from '../../../agent/programs/client/client.ts';
import { Election } from '../../../agent/programs/client/election.ts';
import { Mirror } from '../../../agent/programs/client/mirror.ts';
import { eventually } from '../../support/eventually.ts';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';

const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };

/** A hub, and a ServiceAccount's client of it that may do everything. */
async function setUp(test: TestContext): Promise<{ hub: HubApi; client: ApiClient }> {
  const hub = await startHubApi(test);
  const ask = async (path: string, body: object): Promise<KubeObject> => {
    const answer = await hub.ask('POST', path, { body });
    assert.equal(answer.status, 201, answer.text);
    return answer.json as KubeObject;
  };
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await ask(accounts, { metadata: { name: 'program' } });
  const roles = '/apis/rbac.authorization.k8s.io/v1';
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
  await ask(`${roles}/clusterroles`, { ...rbac, metadata: { name: 'all' }, rules });
  await ask(`${roles}/clusterrolebindings`, {
    ...rbac,
    metadata: { name: 'all' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'all' },
    subjects: [{ kind: 'ServiceAccount', name: 'program', namespace: 'default' }],
  });
  const { status } = await ask(`${accounts}/program/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  });
  const { token } = status as { token: string };
  const ca = Buffer.from(hub.agent.options.ca as string);
  const access = { host: '127.0.0.1', port: hub.port, ca, namespace: 'default', token: async () => token };
  const client = new ApiClient({ access, name: 'test' });
  test.after(() => client.close());
  return { hub, client };
}

const place = { clock: systemClock, log: silentLog, random: Math.random };
const path = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, value = ''): object => ({ metadata: { name }, data: { value } });

describe('a program in a Pod', () => {
  it('follows a collection through creations, changes and deletions', async (test) => {
    const { hub, client } = await setUp(test);
    await hub.ask('POST', path, { body: configMap('one') });
    const changed: string[] = [];
    let synced = 0;
    const mirror = new Mirror({
      ...{ client, path, ...place, changed: (key) => changed.push(key) },
      synced: () => {
        synced = changed.length;
      },
    });
    mirror.start();
    test.after(() => mirror.stop());
    await eventually('the first list', () => mirror.isSynced);
    assert.equal(synced, 1);
    assert.equal(mirror.get('default/one')?.kind, 'ConfigMap');
    assert.equal(mirror.get('default/one')?.metadata.managedFields, undefined);
    await hub.ask('POST', path, { body: configMap('two') });
    await hub.ask('PUT', `${path}/one`, { body: configMap('one', 'new') });
    await hub.ask('DELETE', `${path}/two`);
    await eventually('the deletion', () => mirror.objects.size === 1 && changed.length === 4);
    assert.deepEqual(changed, ['default/one', 'default/two', 'default/one', 'default/two']);
    assert.deepEqual(mirror.get('default/one')?.['data'], { value: 'new' });
  });

  it('is told by the reason why it was refused', async (test) => {
    const { client } = await setUp(test);
    await assert.rejects(client.get(`${path}/none`), isNotFound);
    await client.create(path, configMap('some'));
    const patched = await client.patch<KubeObject>(`${path}/some`, { data: { value: 'x' } });
    assert.deepEqual(patched['data'], { value: 'x' });
  });

  it('is one leader of several, and hands over when it stops', async (test) => {
    const { client } = await setUp(test);
    const leaders = new Set<string>();
    const [one, two] = ['one', 'two'].map(
      (identity) =>
        new Election({
          ...{ client, name: 'program', identity, ...place },
          leading: (isLeader) => (isLeader ? leaders.add(identity) : leaders.delete(identity)),
        }),
    );
    assert.ok(one !== undefined && two !== undefined);
    test.after(() => two.stop());
    one.start();
    await eventually('a leader', () => leaders.has('one'));
    two.start();
    await one.stop();
    await eventually('the other leader', () => leaders.has('two'));
    assert.deepEqual([...leaders], ['two']);
  });
});
