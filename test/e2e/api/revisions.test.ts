/** What a resourceVersion means in lists and watches, and what happens when it is too old, too new, or gone. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { type Answer, type HubApi, startHubApi } from '../../support/hub-api.ts';
import { openWatch, type WatchClient } from '../../support/watch-client.ts';

const configMaps = '/api/v1/namespaces/a/configmaps';
const secrets = '/api/v1/namespaces/a/secrets';
const end = 'k8s.io/initial-events-end';

describe('resource versions', () => {
  let hub: HubApi;
  /** Watches of nothing that end while the other tests run. */
  let dying: Promise<WatchClient>[] = [];
  /** Before anything, after `a` `b` `c` were made, and after `b` was changed and `c` deleted. */
  let [none, made, now] = [0, 0, 0];
  const ends: (() => unknown)[] = [];
  after(async () => {
    for (const one of ends.reverse()) await one();
  });
  const put = (path: string, name: string, more: object = {}): Promise<Answer> =>
    hub.ask('POST', path, { body: { metadata: { name, labels: { name } }, ...more } });
  const relabel = (path: string, labels: object): Promise<Answer> =>
    hub.ask('PATCH', path, {
      body: { metadata: { labels } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  const list = (query: string, path = configMaps): Promise<Answer> => hub.ask('GET', `${path}?${query}`);
  const watch = async (query: string, path = configMaps): Promise<WatchClient> => {
    const opened = await openWatch(hub, `${path}?watch=1&${query}`);
    ends.push(() => opened.close());
    return opened;
  };
  const head = async (): Promise<number> =>
    Number((await list('limit=1', '/api/v1/nodes')).json.metadata.resourceVersion);
  const names = ({ json }: Answer): string =>
    json.items.map((one: { metadata: { name: string } }) => one.metadata.name).join();

  before(async () => {
    hub = await startHubApi(
      { after: (one: () => unknown) => void ends.push(one) } as Parameters<typeof startHubApi>[0],
      {
        keepChanges: 20,
        watches: 100,
      },
    );
    none = (await put(secrets, 'first')).json.metadata.resourceVersion;
    for (const name of ['a', 'b', 'c']) await put(configMaps, name);
    made = await head();
    await relabel(`${configMaps}/b`, { changed: '' });
    await hub.ask('DELETE', `${configMaps}/c`);
    now = await head();
    const query = 'labelSelector=nobody&timeoutSeconds';
    dying = [`${query}=3&allowWatchBookmarks=true`, `${query}=3`, `${query}=1&allowWatchBookmarks=true`].map((one) =>
      watch(one),
    );
  });

  test('a list shows the newest state, or exactly the one that is asked for', async () => {
    const expected: [string, string, number][] = [
      ['', 'a,b', now],
      ['resourceVersion=0', 'a,b', now],
      [`resourceVersion=${made}`, 'a,b', now],
      [`resourceVersion=${made}&resourceVersionMatch=NotOlderThan`, 'a,b', now],
      ['resourceVersion=0&resourceVersionMatch=NotOlderThan', 'a,b', now],
      [`resourceVersion=${made}&resourceVersionMatch=Exact`, 'a,b,c', made],
      [`resourceVersion=${none}&resourceVersionMatch=Exact`, '', Number(none)],
      [`resourceVersion=${made}&limit=10`, 'a,b,c', made],
      ['resourceVersion=0&limit=10', 'a,b', now],
      [`resourceVersion=${made}&limit=10&resourceVersionMatch=NotOlderThan`, 'a,b', now],
      [`resourceVersion=${made}&resourceVersionMatch=Exact&labelSelector=changed`, '', made],
      ['labelSelector=changed', 'b', now],
    ];
    for (const [query, shown, revision] of expected) {
      const answer = await list(query);
      assert.deepEqual([names(answer), Number(answer.json.metadata.resourceVersion)], [shown, revision], query);
    }
  });

  test('what does not go together is refused', async () => {
    const token = (await list('limit=1')).json.metadata.continue;
    const expected: [string, number, string][] = [
      ['resourceVersionMatch=Exact', 422, 'forbidden unless resourceVersion is provided'],
      ['resourceVersionMatch=Exact&resourceVersion=0', 422, 'resourceVersionMatch "exact" is forbidden'],
      ['resourceVersionMatch=Sometimes&resourceVersion=1', 422, 'Unsupported value: "Sometimes"'],
      [
        `resourceVersionMatch=Exact&resourceVersion=${made}&continue=${token}`,
        422,
        'forbidden when continue is provided',
      ],
      [
        `resourceVersion=${made}&continue=${token}`,
        400,
        'specifying resource version is not allowed when using continue',
      ],
      ['continue=nonsense', 400, 'continue key is not valid'],
      ['sendInitialEvents=true', 422, 'sendInitialEvents is forbidden for list'],
      [
        'watch=1&sendInitialEvents=true',
        422,
        'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ],
      ['watch=1&resourceVersionMatch=NotOlderThan', 422, 'forbidden for watch unless sendInitialEvents is provided'],
      ['watch=1&resourceVersionMatch=Exact&sendInitialEvents=true', 422, 'NotOlderThan'],
    ];
    for (const [query, code, text] of expected) {
      const { status, json } = await list(query);
      assert.equal(status, code, query);
      assert.ok(json.message.includes(text), `${query}: ${json.message}`);
    }
    for (const query of ['', 'watch=1&', 'resourceVersionMatch=NotOlderThan&', 'resourceVersionMatch=Exact&']) {
      const { status, json, headers } = await list(`${query}resourceVersion=${now + 1000}`);
      assert.deepEqual(
        [status, json.reason, json.details.causes[0].reason],
        [504, 'Timeout', 'ResourceVersionTooLarge'],
      );
      assert.deepEqual([headers['retry-after'], json.details.retryAfterSeconds], ['1', 1]);
    }
  });

  test('pages show one moment, and count what remains only of a whole list', async () => {
    for (const name of ['p1', 'p2', 'p3', 'p4']) await put(secrets, name, { stringData: { half: name } });
    const first = (await list('limit=2', secrets)).json.metadata;
    assert.equal(first.remainingItemCount, 3);
    await put(secrets, 'p25');
    await hub.ask('DELETE', `${secrets}/p4`);
    const second = await list(`limit=2&continue=${first.continue}`, secrets);
    assert.deepEqual([names(second), second.json.metadata.remainingItemCount], ['p2,p3', 1]);
    assert.equal(second.json.metadata.resourceVersion, first.resourceVersion);
    const third = await list(`limit=2&continue=${second.json.metadata.continue}`, secrets);
    assert.deepEqual([names(third), 'continue' in third.json.metadata], ['p4', false]);
    assert.equal('remainingItemCount' in third.json.metadata, false);
    for (const selector of ['labelSelector=name', 'fieldSelector=metadata.name!%3Dp1']) {
      const some = (await list(`limit=1&${selector}`, secrets)).json.metadata;
      assert.deepEqual(['continue' in some, 'remainingItemCount' in some], [true, false], selector);
    }
    const last = await list('limit=2&labelSelector=name%20in%20(p1,p2)', secrets);
    assert.deepEqual([names(last), 'continue' in last.json.metadata], ['p1,p2', false]);
  });

  test('a watch begins with what is there, with what was missed, or with nothing', async () => {
    const expected: [string, string][] = [
      ['', 'ADDED a, ADDED b'],
      ['resourceVersion=0', 'ADDED a, ADDED b'],
      [`resourceVersion=${made}`, 'MODIFIED b, DELETED c'],
      [`resourceVersion=${now}`, ''],
      ['resourceVersionMatch=NotOlderThan&sendInitialEvents=true', 'ADDED a, ADDED b'],
      [`resourceVersion=${made}&resourceVersionMatch=NotOlderThan&sendInitialEvents=true`, 'ADDED a, ADDED b'],
      ['resourceVersionMatch=NotOlderThan&sendInitialEvents=false', ''],
      ['resourceVersion=0&resourceVersionMatch=NotOlderThan&sendInitialEvents=false', ''],
      [`resourceVersion=${made}&resourceVersionMatch=NotOlderThan&sendInitialEvents=false`, 'MODIFIED b, DELETED c'],
    ];
    const opened = await Promise.all(expected.map(([query]) => watch(query)));
    await put(configMaps, 'z');
    for (const [index, one] of opened.entries()) {
      const [query = '', shown = ''] = expected[index] ?? [];
      await eventually(`z with ${query}`, () => one.summary().endsWith('ADDED z'));
      assert.equal(one.summary(), shown === '' ? 'ADDED z' : `${shown}, ADDED z`, query);
    }
  });

  test('a watch that lists says where the list ends, in every form', async () => {
    const query = 'resourceVersionMatch=NotOlderThan&sendInitialEvents=true&allowWatchBookmarks=true';
    const isEnd = (one: { type: string; object: { metadata: { annotations?: object } } }): boolean =>
      one.type === 'BOOKMARK' && JSON.stringify(one.object.metadata.annotations ?? {}) === `{"${end}":"true"}`;
    const revision = await head();
    for (const selector of ['', '&labelSelector=nobody', '&resourceVersion=0', `&resourceVersion=${revision}`]) {
      const one = await watch(query + selector);
      await eventually('the end of the list', () => one.events.some(isEnd));
      assert.equal(one.events.findIndex(isEnd), one.events.length - 1);
      const { kind, apiVersion, metadata } = one.events.at(-1).object;
      assert.deepEqual([kind, apiVersion], ['ConfigMap', 'v1']);
      assert.ok(Number(metadata.resourceVersion) >= revision);
      one.close();
    }
    const opened = await openWatch(hub, `${configMaps}?watch=1&${query}`, {
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    });
    await eventually('the end of the list', () => opened.events.some(isEnd));
    assert.equal(opened.events.at(-1).object.kind, 'PartialObjectMetadata');
    opened.close();
    const silent = await watch('resourceVersionMatch=NotOlderThan&sendInitialEvents=true');
    await eventually('the list', () => silent.events.length >= 3);
    assert.ok(!silent.events.some(isEnd));
  });

  test('history that is gone costs a list its moment, and a watch its beginning', async () => {
    const token = (await list('limit=1')).json.metadata.continue;
    for (let count = 0; count < 30; count += 1) await relabel(`${configMaps}/b`, { count: String(count) });
    await put(configMaps, 'y');
    const exact = await list(`resourceVersion=${made}&resourceVersionMatch=Exact`);
    assert.deepEqual([exact.status, exact.json.reason], [410, 'Expired']);
    assert.match(exact.json.message, /The resourceVersion for the provided list is too old/);
    assert.equal((await list(`resourceVersion=${made}`)).status, 200);
    const late = await list(`limit=2&continue=${token}`);
    assert.deepEqual([late.status, late.json.reason, late.json.code], [410, 'Expired', 410]);
    const rest = await list(`continue=${late.json.metadata.continue}`);
    assert.equal(names(rest), 'b,y,z');
    assert.equal(Number(rest.json.metadata.resourceVersion), await head());
    const old = await watch(`resourceVersion=${made}`);
    await old.ended;
    assert.equal(old.status, 200);
    assert.deepEqual(
      [old.events.length, old.events[0].type, old.events[0].object.reason, old.events[0].object.code],
      [1, 'ERROR', 'Expired', 410],
    );
    assert.match(old.events[0].object.message, /^too old resource version: \d+ \(\d+\)$/);
    const other = await watch(`resourceVersion=${made}`, secrets);
    await eventually('what another resource remembers', () => other.events.length > 0);
    assert.equal(other.events[0].type, 'ADDED');
  });

  test('watches are bounded: for all, and for a user who is no administrator at half of that', async () => {
    const watches: WatchClient[] = [];
    await hub.ask('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      body: { metadata: { name: 'look' }, rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['watch'] }] },
    });
    await hub.ask('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      body: {
        metadata: { name: 'look' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'look' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
      },
    });
    const path = `${configMaps}?watch=1&resourceVersion=${await head()}`;
    const open = (): Promise<WatchClient> => openWatch(hub, path, { 'impersonate-user': 'ann' });
    for (let count = 0; count < 50; count += 1) watches.push(await open());
    assert.ok(watches.every(({ status }) => status === 200));
    const refused = await open();
    assert.equal(refused.status, 429);
    refused.close();
    const others = await openWatch(hub, path);
    assert.equal(others.status, 200);
    others.close();
    watches.pop()?.close();
    await eventually('there is room again', async () => {
      const one = await open();
      one.close();
      return one.status === 200;
    });
    for (const one of watches) one.close();
  });

  test('a watch whose time is nearly over tells a bookmark, those who take one', async () => {
    const [told, silent, short] = await Promise.all(dying);
    await Promise.all([told?.ended, silent?.ended, short?.ended]);
    assert.deepEqual(
      told?.events.map(({ type }) => type),
      ['BOOKMARK'],
    );
    assert.ok(Number(told?.events[0].object.metadata.resourceVersion) >= now);
    assert.deepEqual([silent?.events, short?.events], [[], []]);
  });
});
