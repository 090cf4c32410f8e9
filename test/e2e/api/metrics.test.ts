/** What the API server counts, as Prometheus reads it. */
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';

const path = '/api/v1/namespaces/a/configmaps';
const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' } };

async function samples(hub: HubApi): Promise<Map<string, number>> {
  const { status, headers, text } = await hub.ask('GET', '/metrics');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const lines = text.trimEnd().split('\n');
  const found = new Map<string, number>();
  let family = '';
  for (const line of lines) {
    if (line.startsWith('# TYPE ')) family = line.split(' ')[2] ?? '';
    if (line.startsWith('#')) continue;
    const match = /^([a-z_]+)(\{(?:[a-z_]+="[^"\n]*",?)+\})? ([^ ]+)$/.exec(line);
    assert.ok(match, `is a sample: ${line}`);
    assert.equal(match[1]?.replace(/_(bucket|sum|count)$/, ''), family.replace(/_(bucket|sum|count)$/, ''));
    const key = `${match[1]}${match[2] ?? ''}`;
    assert.equal(found.has(key), false, `only once: ${key}`);
    found.set(key, Number(match[3]));
  }
  return found;
}

function openWatch(t: TestContext, hub: HubApi): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent: hub.agent, port: hub.port, path: `${path}?watch=true` }, (answer) => {
      answer.on('error', () => {});
      answer.resume();
      resolve(() => sent.destroy());
    });
    sent.on('error', reject);
    t.after(() => sent.destroy());
    sent.end();
  });
}

test('requests are counted by verb, resource and code, and timed', async (t) => {
  const hub = await startHubApi(t);
  await hub.ask('POST', path, { body });
  await hub.ask('POST', path, { body });
  for (let count = 0; count < 3; count++) await hub.ask('GET', `${path}/m`);
  await hub.ask('GET', `${path}/other`);
  await hub.ask('GET', '/api/v1/configmaps');
  await hub.ask('GET', '/apis/none/v1/nothing');
  const found = await samples(hub);
  const total = (verb: string, scope: string, code: number): number | undefined =>
    found.get(
      `apiserver_request_total{verb="${verb}",version="v1",resource="configmaps",scope="${scope}",code="${code}"}`,
    );
  assert.equal(total('POST', 'namespace', 201), 1);
  assert.equal(total('POST', 'namespace', 409), 1);
  assert.equal(total('GET', 'resource', 200), 3);
  assert.equal(total('GET', 'resource', 404), 1);
  assert.equal(total('LIST', 'cluster', 200), 1);
  assert.equal(found.get('apiserver_request_total{verb="LIST",scope="cluster",code="404"}'), 1);
  const timed = '{verb="GET",version="v1",resource="configmaps",scope="resource"}';
  assert.equal(found.get(`apiserver_request_duration_seconds_count${timed}`), 4);
  assert.ok((found.get(`apiserver_request_duration_seconds_sum${timed}`) ?? 0) > 0);
  assert.equal(found.get('apiserver_storage_objects{resource="configmaps"}'), 1);
});

test('watches are counted while they are open, and not timed', async (t) => {
  const hub = await startHubApi(t);
  const open = 'apiserver_longrunning_requests{verb="WATCH",version="v1",resource="configmaps"}';
  const ends = [await openWatch(t, hub), await openWatch(t, hub)];
  const found = await samples(hub);
  assert.equal(found.get(open), 2);
  assert.equal(found.get('apiserver_current_inflight_requests{request_kind="readOnly"}'), 1);
  assert.equal(
    [...found.keys()].some((key) => key.startsWith('apiserver_request_duration') && key.includes('WATCH')),
    false,
  );
  for (const end of ends) end();
  await eventually('the watches end', async () => (await samples(hub)).get(open) === undefined);
});

test('who may not read metrics is refused', async (t) => {
  const hub = await startHubApi(t);
  const answer = await hub.ask('GET', '/metrics', { headers: { 'impersonate-user': 'somebody' } });
  assert.equal(answer.status, 403);
  assert.equal(answer.json.message, 'forbidden: User "somebody" cannot get path "/metrics"');
});
